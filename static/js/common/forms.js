// @ts-check
// Forms that send JSON and show the server's complaints at the fields they name.

import { fieldMessages, Problem } from "./api.js";
import { make } from "./dom.js";

/** @typedef {HTMLInputElement|HTMLSelectElement} Field */

/** @param {HTMLFormElement} form @param {string[]} names @returns {Field|null} */
function fieldOf(form, names) {
  for (const name of names) {
    const found = form.elements.namedItem(name);
    if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found;
  }
  return null;
}

/** Take earlier complaints away. @param {HTMLFormElement} form */
export function clearProblems(form) {
  for (const message of form.querySelectorAll(".field-problem")) message.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-errormessage");
    const hint = field.getAttribute("data-hint");
    if (hint) field.setAttribute("aria-describedby", hint);
    else field.removeAttribute("aria-describedby");
  }
}

/** Show a problem: at its fields where the form has them, else at the form's end. The first field
 * gets the focus.
 * @param {HTMLFormElement} form @param {unknown} error */
export function showProblems(form, error) {
  const messages =
    error instanceof Problem ? fieldMessages(error) : [{ names: [], message: String(error) }];
  /** @type {Field|null} */
  let first = null;
  messages.forEach(({ names, message }, index) => {
    const field = fieldOf(form, names);
    const id = `${form.id}-problem-${index}`;
    const line = make("p", { class: "field-problem", id, role: "alert" }, message);
    if (!field) {
      form.querySelector(".form-problems")?.append(line);
      return;
    }
    field.closest("details")?.setAttribute("open", "");
    field.setAttribute("aria-invalid", "true");
    const hint = field.getAttribute("data-hint");
    field.setAttribute("aria-describedby", hint ? `${hint} ${id}` : id);
    (field.closest(".field") ?? form).append(line);
    first ??= field;
  });
  /** @type {HTMLElement|null} */ (first)?.focus();
}

/** Have a form send what `submit` makes of it, with its problems shown and no second submission
 * while one is under way. A page's form comes with its button disabled, since the browser would
 * send what is filled in before this runs as an address, and lose it.
 * @param {HTMLFormElement} form @param {(data: FormData) => Promise<void>} submit */
export function onSubmit(form, submit) {
  let busy = false;
  for (const button of form.querySelectorAll("button"))
    if (button.type === "submit") button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    form.setAttribute("aria-busy", "true");
    clearProblems(form);
    try {
      await submit(new FormData(form));
    } catch (error) {
      showProblems(form, error);
    } finally {
      busy = false;
      form.removeAttribute("aria-busy");
    }
  });
}

/** A number as typed: undefined where nothing is, the text itself where it is no number, so that
 * the server says what is allowed.
 * @param {FormData} data @param {string} name @returns {number|string|undefined} */
export function numberOf(data, name) {
  const text = textOf(data, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** @param {FormData} data @param {string} name @returns {string|undefined} */
export function textOf(data, name) {
  const text = String(data.get(name) ?? "").trim();
  return text === "" ? undefined : text;
}
