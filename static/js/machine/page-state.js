// @ts-check
// What a machine's page shows, said once: every panel reads it here and hears of changes here.

/**
 * One selection for all panels, and the place in time. Everything of it is in the address.
 * @typedef {object} PageState
 * @property {number|null} at the event after which the machine is shown; null: now
 * @property {number|null|undefined} hart null: all together; undefined: the page chooses
 * @property {number|null} vmid
 * @property {number|null} domain
 * @property {string} filter of the log
 * @property {"groups"|"lines"} log how the log is listed
 * @property {number|null} from where the lanes' span begins, ns; null: all of it
 * @property {number|null} to where it ends
 * @property {number|null} a marker A on the lanes' axis of time, ns
 * @property {number|null} b marker B
 * @property {boolean} arrows are requests of remote fences drawn over the lanes?
 * @property {import("../map/map-colours.js").Show} show what the map's colours stand for
 * @property {string} zoom the part of the map that is seen; "": the whole
 * @property {number|null} bookmark the event that the map is compared with
 * @property {string} entry the TLB entry that is explained, as structure/set/way; "": none
 * @property {string} toggled the parts, by id, that are open or closed other than the page comes
 */

/** @typedef {keyof PageState} Key */

/** Holds the state, and tells who listens what changed. */
export class PageStore {
  /** @param {PageState} state */
  constructor(state) {
    this.state = state;
    /** @type {((changed: Set<Key>) => void)[]} */
    this.listeners = [];
    /** Is the change that is told now one that the browser's Back undoes? */
    this.jumping = false;
  }

  /** Hear of every change from now on. @param {(changed: Set<Key>) => void} listener */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  /** Change some of the state; nobody hears of what stays as it is. @param {Partial<PageState>} change */
  set(change) {
    const keys = /** @type {Key[]} */ (Object.keys(change));
    const changed = keys.filter((key) => change[key] !== this.state[key]);
    if (!changed.length) return;
    this.state = { ...this.state, ...change };
    const told = new Set(changed);
    for (const listener of this.listeners) listener(told);
  }

  /** Change some of the state as a step that the browser's Back undoes. @param {Partial<PageState>} change */
  jump(change) {
    this.jumping = true;
    try {
      this.set(change);
    } finally {
      this.jumping = false;
    }
  }

  /** Select a value, or let it go where it is selected already.
   * @param {"vmid"|"domain"} key @param {number} value */
  toggle(key, value) {
    this.set({ [key]: this.state[key] === value ? null : value });
  }
}
