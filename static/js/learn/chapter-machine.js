// @ts-check
// The machine of a chapter's page: the one that the address names, or a fresh one.

import { change, Problem } from "../common/api.js";
import { waitUntilRestored } from "../machine/restoring.js";

/** @typedef {import("../common/types.js").Machine} Machine */

/** The machines of one visit. `first` is the machine that the one shown is compared with. */
export class ChapterMachines {
  /** @param {number} chapter */
  constructor(chapter) {
    this.path = `/chapters/${chapter}/machine`;
    this.called = `Learn ${chapter}: `;
    const query = new URLSearchParams(location.search);
    this.id = query.get("machine");
    this.first = query.get("first");
  }

  /** The machine of the address, if it is the chapter's and still there; else a fresh one.
   * @returns {Promise<Machine>} */
  async find() {
    if (this.id !== null) {
      try {
        const machine = await waitUntilRestored(this.id);
        if (machine.name.startsWith(this.called)) return machine;
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 404) throw error;
      }
    }
    return this.fresh();
  }

  /** @returns {Promise<Machine>} */
  async fresh() {
    /** @type {Machine} */
    const machine = await change("POST", this.path, {});
    this.remember(machine.id, null);
    return machine;
  }

  /** The same commands under the other policy. @returns {Promise<Machine>} */
  async compared() {
    const first = this.id;
    /** @type {Machine} */
    const machine = await change("POST", this.path, { after: first });
    this.remember(machine.id, first);
    return machine;
  }

  /** Put the machine into the address, so that reloading shows the same one.
   * @param {string} id @param {string|null} first */
  remember(id, first) {
    this.id = id;
    this.first = first;
    const compared = first === null ? "" : `&first=${encodeURIComponent(first)}`;
    history.replaceState(null, "", `?machine=${encodeURIComponent(id)}${compared}`);
  }
}
