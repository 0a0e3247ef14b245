// @ts-check
// The server's two paged lists (fences, wrong hits) read as one, newest first.

/** @typedef {import("../common/types.js").LogItem} LogItem */
/** @typedef {import("../common/types.js").Page<LogItem>} Page */
/** @typedef {(cursor: string|null) => Promise<Page>} FetchPage */

class Source {
  /** @param {FetchPage} fetchPage */
  constructor(fetchPage) {
    this.fetchPage = fetchPage;
    /** @type {LogItem[]} */
    this.items = [];
    /** @type {string|null} */
    this.cursor = null;
    this.started = false;
  }

  get exhausted() {
    return this.started && this.cursor === null && this.items.length === 0;
  }

  /** Have at least one item, if there is one. Pages may come empty and still go on. */
  async fill() {
    while (this.items.length === 0 && !this.exhausted) {
      const page = await this.fetchPage(this.cursor);
      this.started = true;
      this.items = page.items;
      this.cursor = page.next_cursor;
    }
  }
}

/** Reads several lists, each by descending seq, as one by descending seq. */
export class MergedPages {
  /** @param {FetchPage[]} lists */
  constructor(lists) {
    this.sources = lists.map((fetchPage) => new Source(fetchPage));
  }

  /** Has everything been read? */
  get exhausted() {
    return this.sources.every((source) => source.exhausted);
  }

  /** The next items that `passes` holds for: `wanted` of them, or fewer after looking at `most`.
   * @param {number} wanted @param {number} most @param {(item: LogItem) => boolean} passes */
  async next(wanted, most, passes) {
    /** @type {LogItem[]} */
    const found = [];
    for (let looked = 0; looked < most && found.length < wanted; looked += 1) {
      const item = await this.newest();
      if (item === null) break;
      if (passes(item)) found.push(item);
    }
    return found;
  }

  /** @returns {Promise<LogItem|null>} */
  async newest() {
    for (const source of this.sources) {
      if (source.items.length === 0) await source.fill();
    }
    const heads = this.sources.filter((source) => source.items.length > 0);
    const first = heads[0];
    if (!first) return null;
    const best = heads.reduce((a, b) => (headSeq(a) >= headSeq(b) ? a : b), first);
    return best.items.shift() ?? null;
  }
}

/** @param {Source} source */
function headSeq(source) {
  return source.items[0]?.seq ?? -1;
}
