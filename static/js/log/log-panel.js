// @ts-check
// The flush log with its filter, as the page sees it.

import { Problem } from "../common/api.js";
import { byId, make, setText } from "../common/dom.js";
import { counted, integer } from "../common/format.js";
import { Refresher } from "../common/refresher.js";
import { LogFacets } from "./log-facets.js";
import { toggled, without } from "./log-filter.js";
import { installLogKeys } from "./log-keys.js";
import { LogList } from "./log-list.js";
import { sumsText, totals } from "./log-totals.js";

/** @typedef {import("../common/types.js").LogAnswer} LogAnswer */
/** @typedef {import("../common/types.js").Metrics} Metrics */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/page-state.js").Key} Key */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

const READ_MS = 250;

/** The log's panel. */
export class LogPanel {
  /** @param {MachineSource} source @param {PageStore} store */
  constructor(source, store) {
    this.source = source;
    this.store = store;
    this.status = byId("log-status", HTMLElement);
    this.empty = byId("log-empty", HTMLElement);
    this.newer = byId("log-newer", HTMLButtonElement);
    this.follow = byId("log-follow", HTMLInputElement);
    this.groupedBox = byId("log-grouped", HTMLInputElement);
    /** Was following let go because the reader scrolled? */
    this.letGo = false;
    /** What the server had against the filter. @type {string|null} */
    this.refused = null;
    /** What the log was when it was last asked. @type {LogAnswer|null} */
    this.head = null;
    this.facets = new LogFacets((filter, chosen) =>
      chosen ? store.jump({ filter }) : store.set({ filter }),
    );
    this.list = new LogList(
      source,
      store,
      () => this.scrolled(),
      (error) => this.say(error),
    );
    this.reader = new Refresher(() => this.read(), READ_MS);
    this.listen();
    this.fill();
  }

  listen() {
    this.store.subscribe((changed) => this.stateChanged(changed));
    this.newer.addEventListener("click", () => this.toTop());
    this.follow.addEventListener("change", () => {
      this.letGo = false;
      if (this.follow.checked) this.toTop();
    });
    this.groupedBox.addEventListener("change", () =>
      this.store.set({ log: this.groupedBox.checked ? "groups" : "lines" }),
    );
    installLogKeys(this.list, this.store, () => this.release());
  }

  /** What the address says, in the fields. */
  fill() {
    const { filter, log } = this.store.state;
    this.facets.fill(filter);
    this.groupedBox.checked = log === "groups";
  }

  /** Where the lines that are listed are read as files. */
  showLinks() {
    const { filter } = this.list.of;
    for (const [id, path] of /** @type {const} */ ([["log-csv", "/log.csv"], ["log-json", "/log"]])) {
      const address = this.source.path(path, { filter: filter || null });
      byId(id, HTMLAnchorElement).href = `/api/v1${address}`;
    }
  }

  /** @param {Set<Key>} changed */
  stateChanged(changed) {
    // Anything else that changes must not take away what is being typed.
    if (changed.has("filter") || changed.has("log")) this.fill();
    if (changed.has("filter") || changed.has("log") || changed.has("at")) this.begin();
    else this.list.redraw();
  }

  /** Show another list from its top, as soon as the server has understood what is asked for. */
  begin() {
    this.refused = null;
    if (this.letGo) this.hold(true);
    this.reader.request();
  }

  start() {
    void this.read().then(() => this.followHash());
  }

  /** Something may have happened on the machine. */
  refresh() {
    if (this.store.state.at === null && this.refused === null) this.reader.request();
  }

  async read() {
    const asked = this.store.state;
    const { filter, at, log } = asked;
    try {
      const head = await this.source.get("/log", { filter: filter || null, count: 0 });
      const now = this.store.state;
      if (filter !== now.filter || at !== now.at || log !== now.log) return;
      this.say(null);
      await this.take(head, asked);
    } catch (error) {
      this.say(error);
    }
  }

  /** @param {LogAnswer} head @param {import("../machine/page-state.js").PageState} asked */
  async take(head, asked) {
    this.list.turnTo(asked);
    this.showLinks();
    this.head = head;
    this.facets.show(head.facets ?? [], head.total > 0);
    if (this.following || this.list.shown === null) await this.list.show(head);
    this.showState();
  }

  /** Are new lines shown as they come? */
  get following() {
    return this.follow.checked;
  }

  /** @param {boolean} follow */
  hold(follow) {
    this.letGo = !follow;
    this.follow.checked = follow;
  }

  /** The reader moves in the list: it stands still until they come back to its top. */
  release() {
    if (this.follow.checked) this.hold(false);
    this.showState();
  }

  scrolled() {
    if (!this.list.atTop) this.release();
    else if (this.letGo) {
      this.hold(true);
      this.reader.request();
    }
    this.showState();
  }

  toTop() {
    if (document.activeElement === this.newer) this.list.focus();
    this.hold(true);
    this.list.active = null;
    this.list.list.toTop();
    this.reader.request();
    this.showState();
  }

  /** @param {Metrics} metrics */
  showTotals(metrics) {
    for (const [name, text] of Object.entries(totals(metrics))) {
      setText(byId(`log-total-${name}`, HTMLElement), text);
    }
  }

  focusFilter() {
    this.facets.input.focus();
  }

  /** @param {number} vmid */
  toggleVmid(vmid) {
    this.store.jump({ filter: toggled(this.store.state.filter, `vmid:${vmid}`) });
  }

  /** Show the wrong hits, and mark one. @param {number} seq */
  showViolation(seq) {
    this.store.jump({ filter: "type:violation" });
    history.replaceState(null, "", `#log-${seq}`);
    void this.mark(seq);
  }

  followHash() {
    const seq = Number(/^#log-(\d+)$/.exec(location.hash)?.[1] ?? 0);
    if (seq) void this.mark(seq);
  }

  /** Bring the line of an event into sight. @param {number} seq */
  async mark(seq) {
    try {
      const asked = this.store.state;
      const filter = asked.filter || null;
      /** @type {LogAnswer} */
      const answer = await this.source.get("/log", { filter, count: 0, find: seq });
      await this.take(answer, asked);
      if (answer.found) {
        this.hold(false);
        await this.list.show(answer);
        await this.list.reveal(answer.found);
      } else setText(this.status, `Event ${integer(seq)} is not among these lines`);
    } catch (error) {
      this.say(error);
    }
    byId("log-panel", HTMLElement).scrollIntoView({ block: "nearest" });
    this.list.focus();
  }

  /** @param {unknown} error null: nothing is wrong */
  say(error) {
    const text = error === null ? "" : error instanceof Error ? error.message : String(error);
    setText(this.status, text);
    this.facets.input.setAttribute("aria-invalid", String(text !== ""));
    this.refused = error instanceof Problem && error.status === 422 ? text : null;
    this.showRefused();
  }

  /** Below a filter that the server refuses stands what was listed before, dimmed; without any such
   * list there is nothing to read as a file either. */
  showRefused() {
    const refused = this.refused !== null;
    byId("log-panel", HTMLElement).toggleAttribute("data-refused", refused);
    for (const id of ["log-csv", "log-json"]) {
      byId(id, HTMLAnchorElement).hidden = refused && this.list.shown === null;
    }
  }

  showState() {
    const { head } = this;
    const shown = this.list.shown;
    const fresh = head && shown && shown.expired === head.expired ? head.matching - shown.matching : 0;
    this.newer.hidden = fresh === 0 || this.following;
    setText(this.newer, `${integer(fresh)} new ↑`);
    setText(byId("log-count", HTMLElement), head ? countText(head) : "");
    const found = head?.matching && this.list.of.filter ? sumsText(head.sums) : "";
    setText(byId("log-sums", HTMLElement), found);
    this.empty.hidden = shown === null || shown.matching > 0;
    this.list.list.scroller.hidden = !this.empty.hidden;
    if (!this.empty.hidden && head) this.empty.replaceChildren(...this.emptyText(head));
  }

  /** Why nothing is there. @param {LogAnswer} head @returns {(Node|string)[]} */
  emptyText(head) {
    const { at, filter } = this.list.of;
    if (head.total === 0 && at !== null) return [`None by event ${integer(at)}.`];
    if (head.total === 0) return ["No fence and no wrong hit yet. Step or run the machine."];
    const ways = head.without.map(({ terms, matching }) =>
      make(
        "button",
        {
          type: "button",
          class: "small-button",
          click: () => {
            this.focusFilter();
            this.store.jump({ filter: without(filter, terms) });
          },
        },
        `Without ${terms}: ${counted(matching, "line")}`,
      ),
    );
    return [make("p", {}, `Nothing passes the filter ${filter}.`), ...ways];
  }
}

/** @param {LogAnswer} head */
function countText(head) {
  const all = counted(head.total, "line");
  return head.matching === head.total ? all : `${integer(head.matching)} of ${all}`;
}
