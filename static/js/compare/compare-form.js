// @ts-check
// What is compared, as a form: every change of it is another comparison.

import { byId, setText } from "../common/dom.js";
import { swapped } from "./compare-address.js";

/** @typedef {import("./compare-address.js").Values} Values */

/** A list that is walked through with the arrow keys changes often; only where it stays counts. */
const SETTLE_MS = 350;

/** Reads and fills the form, and tells of changes. */
export class CompareForm {
  /** @param {() => void} changed */
  constructor(changed) {
    this.form = byId("compare-form", HTMLFormElement);
    /** The form as the page comes. */
    this.usual = this.values();
    let timer = 0;
    this.form.addEventListener("change", () => {
      clearTimeout(timer);
      timer = window.setTimeout(changed, SETTLE_MS);
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      changed();
    });
    byId("swap", HTMLButtonElement).addEventListener("click", () => {
      this.fill(swapped(this.values()));
      changed();
    });
  }

  /** @returns {(HTMLInputElement|HTMLSelectElement)[]} */
  fields() {
    return [...this.form.querySelectorAll("input, select")].filter(
      (one) => one instanceof HTMLInputElement || one instanceof HTMLSelectElement,
    );
  }

  /** @returns {Values} */
  values() {
    return Object.fromEntries(
      this.fields().map((field) => [
        field.name,
        field instanceof HTMLInputElement && field.type === "checkbox"
          ? String(field.checked)
          : field.value,
      ]),
    );
  }

  /** @param {Values} values */
  fill(values) {
    for (const field of this.fields()) {
      const text = values[field.name] ?? "";
      if (field instanceof HTMLInputElement && field.type === "checkbox") {
        field.checked = text === "true";
      } else {
        field.value = text;
      }
    }
  }

  /** The policies' own words below the lists. @param {string} a @param {string} b */
  explain(a, b) {
    setText(byId("compare-a-hint", HTMLElement), a);
    setText(byId("compare-b-hint", HTMLElement), b);
  }
}
