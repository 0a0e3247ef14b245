// @ts-check
// The filter's text field, and a button for each kind of line there is.

import { byId, make, setText } from "../common/dom.js";
import { integer } from "../common/format.js";
import { toggled } from "./log-filter.js";

/** @typedef {import("../common/types.js").Metrics} Metrics */

const TYPING_MS = 250;

/** Filter field and facets; `apply` is called with each new text. */
export class LogFacets {
  /** @param {(text: string) => void} apply */
  constructor(apply) {
    this.apply = apply;
    this.input = byId("log-filter", HTMLInputElement);
    this.box = byId("log-facets", HTMLElement);
    /** @type {Map<string, HTMLButtonElement>} */
    this.buttons = new Map();
    this.timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.changed(), TYPING_MS);
    });
    byId("log-filter-clear", HTMLButtonElement).addEventListener("click", () => this.set(""));
  }

  /** @param {string} text */
  set(text) {
    clearTimeout(this.timer);
    this.input.value = text;
    this.changed();
  }

  /** Fill the field without telling anyone. @param {string} text */
  fill(text) {
    this.input.value = text;
    this.mark();
  }

  changed() {
    this.mark();
    this.apply(this.input.value.trim());
  }

  mark() {
    byId("log-filter-clear", HTMLButtonElement).hidden = this.input.value === "";
    for (const [written, button] of this.buttons) {
      button.setAttribute("aria-pressed", String(this.input.value.split(/\s+/).includes(written)));
    }
  }

  /** Kinds with their counts, which are those of the server. @param {Metrics} metrics */
  show(metrics) {
    for (const [kind, count] of Object.entries(metrics.fences ?? {})) this.facet(kind, count);
    for (const [kind, count] of Object.entries(metrics.violations ?? {})) {
      if (count || this.buttons.has(`kind:${kind}`)) this.facet(kind, count);
    }
  }

  /** @param {string} kind @param {number} count */
  facet(kind, count) {
    const written = `kind:${kind}`;
    let button = this.buttons.get(written);
    if (!button) {
      const click = () => this.set(toggled(this.input.value, "kind", kind));
      button = make(
        "button",
        { type: "button", class: "facet", "aria-pressed": "false", click },
        `${kind} `,
        make("span", { class: "count" }),
      );
      this.buttons.set(written, button);
      this.box.append(button);
      this.mark();
    }
    const number = button.querySelector(".count");
    if (number) setText(number, integer(count));
  }
}
