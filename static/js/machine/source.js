// @ts-check
// Where a machine's page reads: the machine now, or as it was after an event.

import { bitmapBytes, get } from "../common/api.js";

/** @typedef {Record<string, string|number|null|undefined>} Query */

/** Reads one machine's resources, all of the same moment. */
export class MachineSource {
  /** @param {string} id @param {import("./page-state.js").PageStore} store */
  constructor(id, store) {
    this.id = id;
    this.store = store;
  }

  /** The path of a resource with a query, which names the moment where that is not now.
   * @param {string} path below the machine, like "/harts" @param {Query} [query] */
  path(path, query = {}) {
    const pairs = Object.entries({ ...query, at: this.store.state.at });
    const said = pairs.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    );
    const text = new URLSearchParams(said).toString();
    return `/machines/${this.id}${path}${text ? `?${text}` : ""}`;
  }

  /** @param {string} path @param {Query} [query] @returns {Promise<any>} */
  get(path, query) {
    return get(this.path(path, query));
  }

  /** The bytes of the map, and the event they show. @param {number|null} hart */
  bitmap(hart) {
    return bitmapBytes(this.path("/bitmap", { format: "binary", hart }));
  }
}
