// @ts-check
// A selected domain that is not in the table: it stays selected, so that its past can be followed, and can
// be let go here.

import { byId, setText } from "../common/dom.js";

/** @typedef {import("../common/types.js").Domain} Domain */

export class GoneDomain {
  /** @param {import("./page-state.js").PageStore} store */
  constructor(store) {
    this.store = store;
    /** Was a list of domains read yet? */
    this.known = false;
    this.line = byId("domain-gone", HTMLElement);
    this.text = byId("domain-gone-text", HTMLElement);
    byId("domain-gone-none", HTMLButtonElement).addEventListener("click", () => {
      store.set({ domain: null });
      byId("domains-scroll", HTMLElement).focus();
    });
  }

  /** @param {readonly Domain[]} domains that there are at the moment shown */
  show(domains) {
    const { domain, at } = this.store.state;
    const there = domain === null || domains.some(({ id }) => id === domain);
    this.line.hidden = there || !this.known;
    if (there) return;
    const why = at === null ? "was destroyed" : "is not there at this moment";
    setText(this.text, `Domain ${domain} ${why}; it is still selected.`);
  }
}
