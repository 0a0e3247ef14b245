// @ts-check
// Where a machine's page reads: the machine now, or as it was after an event.

import { bitmapBytes, get, numbers } from "../common/api.js";

/** @typedef {Record<string, string|number|null|undefined>} Query */

/** Reads one machine's resources, all of the same moment. */
export class MachineSource {
  /** @param {string} id @param {import("./page-state.js").PageStore} store */
  constructor(id, store) {
    this.id = id;
    this.store = store;
  }

  /** The path of a resource with a query, which names the moment where that is not now; a query may
   * name an earlier one itself.
   * @param {string} path below the machine, like "/harts" @param {Query} [query] */
  path(path, query = {}) {
    const pairs = Object.entries({ at: this.store.state.at, ...query });
    const said = pairs.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    );
    const text = new URLSearchParams(said).toString();
    return `/machines/${this.id}${path}${text ? `?${text}` : ""}`;
  }

  /** @param {string} path @param {Query} [query] @param {AbortSignal} [signal]
   * @returns {Promise<any>} */
  get(path, query, signal) {
    return get(this.path(path, query), signal);
  }

  /** The bytes of the map, and the event they show.
   * @param {number|null} hart @param {number|null} [at] another moment than the page's */
  bitmap(hart, at = this.store.state.at) {
    return bitmapBytes(this.path("/bitmap", { format: "binary", hart, at }));
  }

  /** A number for each VMID of the map. @param {"owner"|"generation"|"age"} lens
   * @param {number|null} hart @returns {Promise<Float64Array>} */
  lens(lens, hart) {
    return numbers(this.path(`/bitmap/${lens}`, { format: "binary", hart }));
  }
}
