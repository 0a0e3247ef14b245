// @ts-check
// The lines of the log: newest first, live while the top is in sight, groups that open.

import { byId, setText } from "../common/dom.js";
import { LogPages } from "./log-pages.js";
import { LogPlaces } from "./log-places.js";
import { groupRow, lineRow, waitingRow } from "./log-row.js";
import { groupSentence, sentence } from "./log-words.js";
import { VirtualList } from "./virtual-list.js";

/** @typedef {import("../common/types.js").LogAnswer} LogAnswer */
/** @typedef {import("../common/types.js").LogGroup} LogGroup */
/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("./log-pages.js").Kind} Kind */
/** @typedef {{place: number, kind: Kind, index: number, group: LogGroup|null, row: LogRow|null}} Entry */

/** Keeps the list at one moment (`shown`) until it is told to show another. */
export class LogList {
  /** @param {import("../machine/source.js").MachineSource} source
   * @param {import("../machine/page-state.js").PageStore} store
   * @param {() => void} scrolled @param {(error: unknown) => void} failed */
  constructor(source, store, scrolled, failed) {
    this.source = source;
    this.store = store;
    this.failed = failed;
    this.pages = new LogPages((kind, first, count, signal) =>
      this.readPart(kind, first, count, signal),
    );
    this.list = new VirtualList((place) => this.rowAt(place), scrolled);
    /** What is listed: the state for which the server answered last. */
    this.of = store.state;
    this.places = new LogPlaces(this.grouped);
    /** What is on screen. @type {LogAnswer|null} */
    this.shown = null;
    /** The row that keys act on. @type {{kind: Kind, index: number}|null} */
    this.active = null;
    this.detail = byId("log-detail", HTMLElement);
    /** Rows in the document by what they say, to be used again. @type {Map<string, HTMLTableRowElement>} */
    this.rows = new Map();
  }

  get grouped() {
    return this.of.log === "groups";
  }

  get atTop() {
    return this.list.range.offset < 4;
  }

  /** List what a state of the page asks for; anew, with another filter or at another moment.
   * @param {import("../machine/page-state.js").PageState} state */
  turnTo(state) {
    const { filter, at, log } = this.of;
    this.of = state;
    if (filter !== state.filter || at !== state.at || log !== state.log) this.reset();
  }

  /** Begin anew. */
  reset() {
    this.pages.forgetAll();
    this.places = new LogPlaces(this.grouped);
    this.shown = null;
    this.active = null;
    setText(this.detail, "");
    this.rows.clear();
    this.list.toTop();
  }

  /** Show a later moment; what is in sight is read first. @param {LogAnswer} answer */
  async show(answer) {
    const before = this.shown;
    if (before?.expired !== answer.expired) this.reset();
    else {
      this.pages.forgetFrom("group", before.matching_groups - 1);
      this.pages.forgetFrom("row", before.matching);
    }
    this.shown = answer;
    const places = this.places;
    places.length = this.grouped ? answer.matching_groups : answer.matching;
    this.list.range.count = places.count;
    await this.need();
    if (this.shown !== answer) return;
    this.growOpened();
    this.list.setCount(places.count);
  }

  /** The newest group may have got more lines since it was opened. */
  growOpened() {
    for (const index of this.places.opened.keys()) {
      const group = this.groupOf(index);
      if (group) this.places.opened.set(index, { first: group.first, count: group.count });
    }
  }

  /** @param {Kind} kind @param {number} first @param {number} count @param {AbortSignal} signal */
  async readPart(kind, first, count, signal) {
    const query = {
      filter: this.of.filter || null,
      grouped: kind === "group" ? "true" : null,
      first,
      count,
      facets: "false",
      at: this.shown?.seq,
    };
    /** @type {LogAnswer} */
    const answer = await this.source.get("/log", query, signal);
    if (answer.expired !== this.shown?.expired)
      throw new Error("The oldest lines are no longer kept; follow to see what is");
    return answer.groups ?? answer.rows ?? [];
  }

  /** Have what is in sight; false: it was there. */
  async need() {
    const wanted = this.list.places.map((place) => this.places.at(place));
    return this.pages.need(wanted.filter(({ index }) => index >= 0));
  }

  /** @param {number} index */
  groupOf(index) {
    return /** @type {LogGroup|undefined} */ (this.pages.get("group", index)) ?? null;
  }

  /** What stands at a place, as far as it was read. @param {number} place @returns {Entry} */
  entryAt(place) {
    const { kind, index } = this.places.at(place);
    const found = this.pages.get(kind, index);
    const group = kind === "group" ? /** @type {LogGroup|undefined} */ (found) : undefined;
    const row = kind === "row" ? /** @type {LogRow|undefined} */ (found) : group?.line;
    return { place, kind, index, group: group ?? null, row: row ?? null };
  }

  /** @param {number} place */
  rowAt(place) {
    const entry = this.entryAt(place);
    if (entry.row === null) this.read();
    const element = this.elementOf(entry);
    const active = this.active?.kind === entry.kind && this.active.index === entry.index;
    if (place === this.list.range.first) this.list.table.removeAttribute("aria-activedescendant");
    element.id = `log-row-${place}`;
    element.setAttribute("aria-rowindex", String(place + 2));
    element.classList.toggle("active", active);
    if (active) {
      this.list.table.setAttribute("aria-activedescendant", element.id);
      this.tell(entry);
    }
    return element;
  }

  /** What the active row says, in full: the row may be too narrow for it. @param {Entry} entry */
  tell({ group, row }) {
    const many = group !== null && group.count > 1;
    setText(this.detail, many ? groupSentence(group) : row ? sentence(row) : "");
  }

  /** Read what is in sight, and draw again. */
  read() {
    void this.need().then(
      (read) => read && this.list.schedule(),
      (error) => this.failed(error),
    );
  }

  /** @param {Entry} entry */
  elementOf({ kind, index, group, row }) {
    const open = kind === "group" && this.places.opened.has(index);
    const { vmid, hart, domain } = this.store.state;
    const key = [kind, index, row?.seq, group?.count, open, vmid, hart, domain].join();
    const element = this.rows.get(key) ?? this.make(kind, group, row, open);
    this.rows.delete(key);
    if (row !== null) this.rows.set(key, element);
    const oldest = this.rows.keys().next().value;
    if (this.rows.size > 2 * this.list.range.rows + 20 && oldest) this.rows.delete(oldest);
    return element;
  }

  /** @param {Kind} kind @param {LogGroup|null} group @param {LogRow|null} row @param {boolean} open */
  make(kind, group, row, open) {
    if (row === null) return waitingRow();
    const many = group !== null && group.count > 1;
    const member = kind === "row" && this.grouped;
    const element = many
      ? groupRow(group, open, this.store.state)
      : lineRow(row, member, this.store.state);
    element.setAttribute("aria-level", member ? "2" : "1");
    if (many) element.setAttribute("aria-expanded", String(open));
    return element;
  }

  /** Open or close the group at a place. @param {number} place @param {boolean} [open] */
  toggle(place, open) {
    const index = this.places.groupAt(place);
    const group = index < 0 ? null : this.groupOf(index);
    if (!group || group.count < 2 || open === this.places.opened.has(index)) return;
    this.places.toggle(index, { first: group.first, count: group.count });
    this.activate(this.places.placeOf(index));
    this.list.setCount(this.places.count);
  }

  get activePlace() {
    if (!this.active) return null;
    const { kind, index } = this.active;
    if (kind === "group" || !this.grouped) return this.places.placeOf(index);
    for (const [group, { first, count }] of this.places.opened) {
      if (index >= first && index < first + count) return this.places.placeOfMember(group, index);
    }
    return null;
  }

  /** Let keys act on the row at a place, and bring it into sight. @param {number} place */
  activate(place) {
    if (!this.places.count) return;
    const held = Math.min(this.places.count - 1, Math.max(0, place));
    const { kind, index } = this.places.at(held);
    this.active = { kind, index };
    this.list.show(held);
  }

  /** Bring the line of an event into sight, where the server found it.
   * @param {{line: number, group: number}} found */
  async reveal(found) {
    if (!this.grouped) return this.activate(this.places.placeOf(found.line));
    await this.pages.need([{ kind: "group", index: found.group }]);
    const group = this.groupOf(found.group);
    if (group && group.count > 1) {
      this.places.opened.set(found.group, { first: group.first, count: group.count });
      this.list.setCount(this.places.count);
      return this.activate(this.places.placeOfMember(found.group, found.line));
    }
    return this.activate(this.places.placeOf(found.group));
  }

  redraw() {
    this.list.schedule();
  }

  focus() {
    byId("log-table", HTMLTableElement).focus({ preventScroll: true });
  }
}
