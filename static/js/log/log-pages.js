// @ts-check
// Entries of the log by index, read in pages as they come into sight.

/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("../common/types.js").LogGroup} LogGroup */
/** @typedef {"group"|"row"} Kind */
/**
 * Reads entries by index, oldest first.
 * @callback ReadPart
 * @param {Kind} kind @param {number} first @param {number} count @param {AbortSignal} signal
 * @returns {Promise<(LogGroup|LogRow)[]>}
 */

export const PAGE = 100;
const MOST_PAGES = 60;

/** Pages of groups and of rows, the last used of them kept. */
export class LogPages {
  /** @param {ReadPart} read */
  constructor(read) {
    this.read = read;
    /** @type {Map<string, (LogGroup|LogRow)[]>} */
    this.kept = new Map();
    /** Pages under way, and how to give them up. @type {Map<string, {done: Promise<void>, stop: AbortController}>} */
    this.underWay = new Map();
  }

  /** The entry at an index; undefined while it is not there.
   * @param {Kind} kind @param {number} index */
  get(kind, index) {
    const key = keyOf(kind, index);
    const page = this.kept.get(key);
    if (!page) return undefined;
    this.kept.delete(key);
    this.kept.set(key, page);
    return page[index % PAGE];
  }

  /** Have these entries, and give up what is read for others; false: all were there.
   * @param {{kind: Kind, index: number}[]} wanted */
  async need(wanted) {
    const keys = new Map(wanted.map((entry) => [keyOf(entry.kind, entry.index), entry]));
    for (const [key, { stop }] of this.underWay) if (!keys.has(key)) stop.abort();
    const missing = [...keys].filter(([key]) => !this.kept.has(key));
    await Promise.all(missing.map(([key, { kind, index }]) => this.load(key, kind, index)));
    return missing.length > 0;
  }

  /** @param {string} key @param {Kind} kind @param {number} index */
  load(key, kind, index) {
    const before = this.underWay.get(key);
    if (before && !before.stop.signal.aborted) return before.done;
    const stop = new AbortController();
    const done = this.fetch(key, kind, index, stop.signal).finally(() => {
      if (this.underWay.get(key)?.stop === stop) this.underWay.delete(key);
    });
    this.underWay.set(key, { done, stop });
    return done;
  }

  /** @param {string} key @param {Kind} kind @param {number} index @param {AbortSignal} signal */
  async fetch(key, kind, index, signal) {
    try {
      const page = await this.read(kind, index - (index % PAGE), PAGE, signal);
      if (signal.aborted) return;
      this.kept.set(key, page);
      const oldest = this.kept.keys().next().value;
      if (this.kept.size > MOST_PAGES && oldest !== undefined) this.kept.delete(oldest);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Forget the pages from an index on: they may have grown. @param {Kind} kind @param {number} index */
  forgetFrom(kind, index) {
    const pages = [...this.kept.keys(), ...this.underWay.keys()];
    for (const key of pages) {
      const [of, page] = key.split(" ");
      if (of !== kind || Number(page) < Math.floor(index / PAGE)) continue;
      this.kept.delete(key);
      this.underWay.get(key)?.stop.abort();
    }
  }

  forgetAll() {
    this.forgetFrom("group", 0);
    this.forgetFrom("row", 0);
  }
}

/** @param {Kind} kind @param {number} index */
function keyOf(kind, index) {
  return `${kind} ${Math.floor(index / PAGE)}`;
}
