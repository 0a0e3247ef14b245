// @ts-check
// The filter's text field, and a button for each value of each facet.

import { byId, make, setText } from "../common/dom.js";
import { integer } from "../common/format.js";
import { isUnfinished, termsOf, toggled } from "./log-filter.js";

/** @typedef {import("../common/types.js").Facet} Facet */
/** @typedef {import("../common/types.js").FacetValue} FacetValue */

const TYPING_MS = 250;
/** Values of a facet before the others are a button away. */
const FEW = 8;
/** @type {Record<string, string>} */
const TITLES = {
  redundant:
    "A redundant fence was executed and dropped no valid entry of its hart's TLB. " +
    "That does not say that it could have been left out.",
  scope: "What a fence covers, by its narrowest operand",
};

/** Filter field and facets; `apply` is called with each new text, and whether it was chosen by a
 * button. */
export class LogFacets {
  /** @param {(text: string, chosen: boolean) => void} apply */
  constructor(apply) {
    this.apply = apply;
    this.input = byId("log-filter", HTMLInputElement);
    this.clear = byId("log-filter-clear", HTMLButtonElement);
    this.box = byId("log-facets", HTMLElement);
    /** @type {Map<string, HTMLElement>} */
    this.groups = new Map();
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    /** Facets of which all values are shown. @type {Set<string>} */
    this.whole = new Set();
    /** @type {Facet[]} */
    this.facets = [];
    this.timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.typed(), TYPING_MS);
    });
    this.input.addEventListener("change", () => this.changed());
    this.clear.addEventListener("click", () => {
      this.input.focus();
      this.set("");
    });
  }

  typed() {
    if (!isUnfinished(this.input.value)) this.changed();
  }

  /** @param {string} text */
  set(text) {
    this.input.value = text;
    this.changed(true);
  }

  /** Fill the field without telling anyone. @param {string} text */
  fill(text) {
    if (this.input.value.trim() !== text) this.input.value = text;
    this.mark();
  }

  changed(chosen = false) {
    clearTimeout(this.timer);
    this.mark();
    this.apply(this.input.value.trim(), chosen);
  }

  mark() {
    this.clear.hidden = this.input.value === "";
    const terms = new Set(termsOf(this.input.value));
    for (const [term, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(terms.has(term)));
    }
  }

  /** @param {Facet[]} facets @param {boolean} any is there anything to choose from? */
  show(facets, any = true) {
    this.facets = facets;
    this.box.hidden = !any;
    for (const facet of facets) this.showFacet(facet);
    this.mark();
  }

  /** @param {Facet} facet */
  showFacet({ name, values }) {
    const group = this.groups.get(name) ?? this.addGroup(name);
    const [label, more] = [group.firstElementChild, group.lastElementChild];
    group.hidden = values.length < 2 && !values.some(({ selected }) => selected);
    const few = values.length <= FEW + 1 || this.whole.has(name);
    const shown = few ? values : values.filter(({ selected }, at) => at < FEW || selected);
    const buttons = shown.map((value) => this.button(value));
    const wanted = [label, ...buttons, more].filter((element) => element !== null);
    if (wanted.length !== group.childElementCount || wanted.some((e) => e.parentElement !== group))
      group.replaceChildren(...wanted);
    if (!(more instanceof HTMLElement)) return;
    more.hidden = few;
    setText(more, `${values.length - shown.length} more`);
  }

  /** @param {string} name */
  addGroup(name) {
    const more = make(
      "button",
      {
        type: "button",
        class: "link-button",
        click: () => {
          this.whole.add(name);
          this.show(this.facets);
        },
      },
      "more",
    );
    const title = TITLES[name] ?? null;
    const label = make("span", { class: "facet-name", title }, name === "redundant" ? "redundant?" : name);
    const group = make("div", { class: "facet-group", role: "group", "aria-label": name, title }, label, more);
    this.groups.set(name, group);
    this.box.append(group);
    return group;
  }

  /** @param {FacetValue} value */
  button({ value, term, count }) {
    let button = this.buttons.get(term);
    if (!button) {
      button = make(
        "button",
        {
          type: "button",
          class: "facet",
          "data-term": term,
          click: () => this.set(toggled(this.input.value, term)),
        },
        `${value} `,
        make("span", { class: "count" }),
      );
      this.buttons.set(term, button);
    }
    const number = button.querySelector(".count");
    if (number) setText(number, integer(count));
    return button;
  }
}
