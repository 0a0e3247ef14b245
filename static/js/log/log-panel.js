// @ts-check
// The flush log with its filter, as the page sees it.

import { byId } from "../common/dom.js";
import { FlushLog } from "./flush-log.js";
import { LogFacets } from "./log-facets.js";
import { ANY_VIOLATION, toggled } from "./log-filter.js";

/** @typedef {import("../common/types.js").MachineEvent} MachineEvent */
/** @typedef {import("../common/types.js").Metrics} Metrics */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */

/** The log's panel. */
export class LogPanel {
  /** @param {string} machine @param {PageStore} store */
  constructor(machine, store) {
    this.log = new FlushLog(machine);
    this.store = store;
    this.facets = new LogFacets((text) => store.set({ filter: text }));
    this.facets.fill(this.text);
    store.subscribe((changed) => {
      if (changed.has("filter")) void this.log.setFilter(this.text);
    });
  }

  get text() {
    return this.store.state.filter;
  }

  start() {
    void this.log.setFilter(this.text).then(() => this.followHash());
  }

  /** @param {MachineEvent[]} events */
  add(events) {
    this.log.add(events);
  }

  /** Events were left out: the lines on screen end where they should not. */
  gap() {
    this.log.missed();
  }

  /** @param {Metrics} metrics */
  showKinds(metrics) {
    this.facets.show(metrics);
  }

  focusFilter() {
    byId("log-filter", HTMLInputElement).focus();
  }

  /** @param {number} vmid */
  toggleVmid(vmid) {
    this.facets.set(toggled(this.text, "vmid", String(vmid)));
  }

  /** Show the wrong hits, and mark one. @param {number} seq */
  showViolation(seq) {
    location.hash = `log-${seq}`;
    const filter = `kind:${ANY_VIOLATION}`;
    if (this.text !== filter) {
      this.facets.fill(filter);
      this.store.set({ filter });
    }
    this.mark(seq);
  }

  followHash() {
    const seq = Number(/^#log-(\d+)$/.exec(location.hash)?.[1] ?? 0);
    if (seq) this.mark(seq);
  }

  /** @param {number} seq */
  mark(seq) {
    this.log.highlight(seq);
    byId("log-panel", HTMLElement).scrollIntoView({ block: "nearest" });
    byId("log-scroll", HTMLElement).focus({ preventScroll: true });
  }
}
