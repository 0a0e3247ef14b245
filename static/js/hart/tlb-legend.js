// @ts-check
// Who filled the entries of a TLB, with how many each: a line is a button that selects its domain, and
// pointing at it frames its entries.

import { byId, make, setText } from "../common/dom.js";
import { integer } from "../common/format.js";
import { domainSwatch, pressDomain } from "../machine/domain-mark.js";

/** @typedef {import("../common/types.js").TlbEntry} TlbEntry */
/** @typedef {{domain: number, name: string, count: number}} Share */
/** @typedef {{element: HTMLElement, name: HTMLElement, count: HTMLElement}} Line */

const MOST_OWNERS = 8;

/** The owners of entries by domain: those with the most, and always the selected one.
 * @param {TlbEntry[]} entries @param {number|null} selected
 * @returns {{shown: Share[], more: number}} */
export function sharesOf(entries, selected) {
  /** @type {Map<number, Share>} */
  const owners = new Map();
  for (const { owner } of entries) {
    const share = owners.get(owner.domain) ?? { domain: owner.domain, name: owner.name, count: 0 };
    share.count += 1;
    owners.set(owner.domain, share);
  }
  const rank = (/** @type {Share} */ share) => (share.domain === selected ? Infinity : share.count);
  const shown = [...owners.values()].sort((a, b) => rank(b) - rank(a)).slice(0, MOST_OWNERS);
  return { shown: shown.sort((a, b) => a.domain - b.domain), more: owners.size - shown.length };
}

export class TlbLegend {
  /** @param {(domain: number) => void} select or let go
   * @param {(domain: number|null) => void} point at the entries of a domain */
  constructor(select, point) {
    this.select = select;
    this.point = point;
    this.list = byId("tlb-legend", HTMLElement);
    /** @type {Map<number, Line>} */
    this.lines = new Map();
    this.more = make("li", { class: "quiet" });
    this.stale = make("span", { class: "count", "data-tlb-count": "stale" });
    const swatch = make("span", { class: "swatch stale-entry", "aria-hidden": "true" });
    this.list.replaceChildren(this.more, make("li", {}, swatch, "stale", this.stale));
  }

  /** Lines stay where they are as long as their domain has entries.
   * @param {TlbEntry[]} entries @param {number|null} selected */
  show(entries, selected) {
    const { shown, more } = sharesOf(entries, selected);
    const kept = new Set(shown.map(({ domain }) => domain));
    for (const [domain, { element }] of this.lines) {
      if (kept.has(domain)) continue;
      if (element.matches(":hover, :focus-within")) this.point(null);
      element.remove();
      this.lines.delete(domain);
    }
    /** @type {Element|null} */
    let before = null;
    for (const share of shown) {
      /** @type {Line} */
      const line = this.lines.get(share.domain) ?? this.add(share.domain, before);
      setText(line.name, share.name);
      setText(line.count, integer(share.count));
      before = line.element;
    }
    this.more.hidden = more === 0;
    setText(this.more, `${more} more`);
    setText(this.stale, integer(entries.filter((entry) => entry.stale).length));
    pressDomain(this.list, selected);
  }

  /** @param {number} domain @param {Element|null} before @returns {Line} */
  add(domain, before) {
    const name = make("span");
    const count = make("span", { class: "count", "data-tlb-count": domain });
    const point = () => this.point(domain);
    const leave = () => this.point(null);
    const button = make(
      "button",
      {
        type: "button",
        class: "owner-button",
        "data-domain": domain,
        "aria-pressed": "false",
        title: `Select domain ${domain}`,
        click: () => this.select(domain),
        mouseenter: point,
        mouseleave: leave,
        focus: point,
        blur: leave,
      },
      domainSwatch(domain),
      name,
      count,
    );
    const element = make("li", {}, button);
    if (before) before.after(element);
    else this.list.prepend(element);
    const line = { element, name, count };
    this.lines.set(domain, line);
    return line;
  }
}
