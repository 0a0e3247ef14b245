// @ts-check
// The flush log: newest first, live while its top is in sight, older lines on request.

import { byId, setText } from "../common/dom.js";
import { counted } from "../common/format.js";
import { isEmpty, parseFilter, passes } from "./log-filter.js";
import { logRow } from "./log-row.js";
import { pagesFor } from "./log-source.js";
import { itemOf, searchText } from "./log-words.js";
import { Refresher } from "../common/refresher.js";

/** @typedef {import("../common/types.js").LogItem} LogItem */
/** @typedef {import("../common/types.js").MachineEvent} MachineEvent */

const FIRST = 100;
/** Rows while new lines come; older ones are a button away. */
const MOST_FOLLOWED = 120;
const MOST_ROWS = 300;
const MOST_LOOKED = 5000;
const NEAR_TOP_PX = 24;
const DRAW_MS = 200;
const RELOAD_MS = 1000;

/** The log of a machine. */
export class FlushLog {
  /** @param {string} machine */
  constructor(machine) {
    this.machine = machine;
    this.scroll = byId("log-scroll", HTMLElement);
    this.body = byId("log-rows", HTMLElement);
    this.status = byId("log-status", HTMLElement);
    this.empty = byId("log-empty", HTMLElement);
    this.newer = byId("log-newer", HTMLButtonElement);
    this.older = byId("log-older", HTMLButtonElement);
    this.follow = byId("log-follow", HTMLInputElement);
    this.filter = parseFilter("");
    this.text = "";
    /** Lines on screen, newest first. @type {LogItem[]} */
    this.items = [];
    /** Lines that came since and are not on screen, newest first. @type {LogItem[]} */
    this.waiting = [];
    this.waitingCount = 0;
    this.pages = pagesFor(machine, this.filter, null);
    /** Were lines taken off the bottom, so that `pages` does not go on from there? */
    this.cut = false;
    /** Did the stream leave events out since the lines on screen? */
    this.gap = false;
    this.newest = 0;
    this.load = 0;
    this.loading = false;
    this.reloader = new Refresher(() => this.reload(), RELOAD_MS);
    this.drawing = false;
    /** @type {number|null} */
    this.highlighted = null;
    this.listen();
  }

  listen() {
    this.newer.addEventListener("click", () => this.toTop());
    this.older.addEventListener("click", () => void this.loadOlder());
    this.scroll.addEventListener("scroll", () => this.scrolled());
    this.follow.addEventListener("change", () => this.follow.checked && this.toTop());
  }

  /** Are new lines shown as they come? */
  get following() {
    return this.follow.checked && this.scroll.scrollTop <= NEAR_TOP_PX;
  }

  /** @param {string} text */
  async setFilter(text) {
    this.text = text;
    this.filter = parseFilter(text);
    await this.reload();
  }

  /** Begin anew with the newest lines. */
  async reload() {
    const load = (this.load += 1);
    this.pages = pagesFor(this.machine, this.filter, null);
    this.loading = true;
    this.forgetWaiting();
    try {
      const found = await this.pages.next(FIRST, MOST_LOOKED, (item) => this.lets(item));
      if (load !== this.load) return;
      this.unite(found);
      this.redraw();
      this.say("");
    } catch (error) {
      if (load === this.load) this.say(String(error instanceof Error ? error.message : error));
    } finally {
      if (load === this.load) this.loading = false;
    }
    this.showState();
  }

  /** Show the lines that were read, under those that came by the stream meanwhile.
   * @param {LogItem[]} found */
  unite(found) {
    const first = found[0]?.seq ?? 0;
    const later = this.waiting.filter((item) => item.seq > first);
    const united = [...later, ...found];
    this.cut = united.length > MOST_FOLLOWED;
    this.items = united.slice(0, MOST_FOLLOWED);
    this.newest = Math.max(this.newest, first);
    this.forgetWaiting();
  }

  async loadOlder() {
    if (this.loading) return;
    const load = this.load;
    this.loading = true;
    this.older.setAttribute("aria-busy", "true");
    const last = this.items.at(-1) ?? null;
    try {
      if (this.cut && last) this.pages = pagesFor(this.machine, this.filter, last);
      const before = last?.seq ?? Infinity;
      const found = await this.pages.next(
        FIRST,
        MOST_LOOKED,
        (item) => item.seq < before && this.lets(item),
      );
      if (load !== this.load) return;
      this.cut = false;
      this.append(found);
    } catch (error) {
      this.say(String(error instanceof Error ? error.message : error));
    } finally {
      this.older.removeAttribute("aria-busy");
      if (load === this.load) this.loading = false;
    }
    this.showState();
  }

  /** Older lines below; as many newer ones go as the page must not hold.
   * @param {LogItem[]} found */
  append(found) {
    const focus = this.scroll.scrollTop;
    const before = this.scroll.scrollHeight;
    this.items.push(...found);
    this.body.append(...found.map((item) => this.row(item)));
    const grown = this.scroll.scrollHeight - before;
    const excess = this.items.length - MOST_ROWS;
    if (excess <= 0) return;
    this.forgetWaiting();
    this.gap = true;
    this.items.splice(0, excess);
    for (let count = 0; count < excess; count += 1) this.body.firstElementChild?.remove();
    const lost = before + grown - this.scroll.scrollHeight;
    this.scroll.scrollTop = Math.max(NEAR_TOP_PX + 1, focus - lost);
  }

  /** @param {LogItem} item */
  lets(item) {
    return passes(item, this.filter, searchText(item));
  }

  /** Events as the stream brings them. @param {MachineEvent[]} events */
  add(events) {
    for (const event of events) {
      if (event.seq <= this.newest) continue;
      this.newest = event.seq;
      const item = itemOf(event);
      if (!item || !this.lets(item)) continue;
      this.waiting.unshift(item);
      this.waitingCount += 1;
    }
    if (this.waiting.length > MOST_FOLLOWED) this.waiting.length = MOST_FOLLOWED;
    this.scheduleDraw();
  }

  scheduleDraw() {
    if (this.drawing || !(this.waitingCount || this.gap)) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      if (this.following && !this.loading) this.showWaiting();
      this.showState();
    }, DRAW_MS);
  }

  /** The stream left events out: what is on screen does not join what comes next. */
  missed() {
    this.forgetWaiting();
    this.gap = true;
    this.scheduleDraw();
  }

  /** Put what waits on top. Where lines are missing in between, either what waits fills the log by
   * itself, or the log is read again. */
  showWaiting() {
    const fresh = this.waiting;
    if (!this.gap && fresh.length === this.waitingCount) {
      const united = [...fresh, ...this.items];
      this.cut ||= united.length > MOST_FOLLOWED;
      this.items = united.slice(0, MOST_FOLLOWED);
      this.prepend(fresh);
      this.forgetWaiting();
    } else if (fresh.length === MOST_FOLLOWED) {
      this.items = fresh;
      this.cut = true;
      this.redraw();
      this.forgetWaiting();
    } else {
      this.reloader.request();
    }
  }

  /** @param {LogItem[]} fresh */
  prepend(fresh) {
    this.body.prepend(...fresh.map((item) => this.row(item)));
    while (this.body.childElementCount > this.items.length) this.body.lastElementChild?.remove();
  }

  redraw() {
    this.body.replaceChildren(...this.items.map((item) => this.row(item)));
  }

  /** @param {LogItem} item */
  row(item) {
    return logRow(item, item.seq === this.highlighted);
  }

  forgetWaiting() {
    this.waiting = [];
    this.waitingCount = 0;
    this.gap = false;
  }

  scrolled() {
    if (this.following) this.scheduleDraw();
    this.showState();
  }

  toTop() {
    this.follow.checked = true;
    this.scroll.scrollTop = 0;
    if (this.gap || this.waitingCount > this.waiting.length) void this.reload();
    else this.scheduleDraw();
    this.showState();
  }

  /** Mark one line, and bring it into sight. @param {number} seq */
  highlight(seq) {
    this.highlighted = seq;
    this.redraw();
    const row = this.body.querySelector(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: "center" });
    this.say(row ? "" : `Event ${seq} is not among these lines; it may be further down`);
  }

  /** @param {string} complaint */
  say(complaint) {
    setText(this.status, [...this.filter.complaints, complaint].filter(Boolean).join(". "));
  }

  showState() {
    this.newer.hidden = (this.waitingCount === 0 && !this.gap) || this.following;
    setText(this.newer, this.gap ? "Newer lines ↑" : `${counted(this.waitingCount, "new line")} ↑`);
    this.older.hidden = this.pages.exhausted && !this.cut;
    this.empty.hidden = this.items.length > 0 || this.loading;
    if (!this.empty.hidden) setText(this.empty, this.emptyText());
  }

  emptyText() {
    if (isEmpty(this.filter)) return "No fence and no wrong hit yet. Step or run the machine.";
    const where = this.pages.exhausted ? "" : ` among the last ${counted(MOST_LOOKED, "line")}`;
    return `Nothing passes the filter ${this.text}${where}.`;
  }
}
