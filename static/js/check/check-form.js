// @ts-check
// The form of a check: what its fields hold, as lists of texts, and its address.

import { byId, setText } from "../common/dom.js";

/** @typedef {import("./check-query.js").Values} Values */
/** @typedef {HTMLInputElement|HTMLSelectElement} Control */

/** @param {HTMLFormElement} form @returns {Control[]} */
function controlsOf(form) {
  return [...form.elements].filter(
    (element) => element instanceof HTMLInputElement || element instanceof HTMLSelectElement,
  );
}

/** @param {HTMLFormElement} form @returns {Values} */
export function readForm(form) {
  /** @type {Values} */
  const values = {};
  for (const control of controlsOf(form)) {
    const list = (values[control.name] ??= []);
    if (!(control instanceof HTMLInputElement) || control.type !== "checkbox")
      list.push(control.value);
    else if ("switch" in control.dataset) list.push(String(control.checked));
    else if (control.checked) list.push(control.value);
  }
  return values;
}

/** @param {HTMLFormElement} form @param {Values} values */
export function fillForm(form, values) {
  for (const control of controlsOf(form)) {
    const texts = values[control.name] ?? [];
    if (!(control instanceof HTMLInputElement) || control.type !== "checkbox") {
      control.value = texts[0] ?? "";
    } else if ("switch" in control.dataset) {
      control.checked = texts[0] === "true";
    } else {
      control.checked = texts.includes(control.value);
    }
    // What is not as usual must be seen.
    if (control instanceof HTMLInputElement && control.checked !== control.defaultChecked) {
      control.closest("details")?.setAttribute("open", "");
    }
  }
  explain();
}

/** What the chosen policy is. */
export function explain() {
  const chosen = byId("check-policy", HTMLSelectElement).selectedOptions[0];
  setText(byId("check-policy-hint", HTMLElement), chosen?.dataset.summary ?? "");
}
