// @ts-check
// The line that tells how an action went.

import { byId, make, setText } from "./dom.js";

const SHOWN_MS = 5000;
let timer = 0;

/** Say for a while that something was done. @param {string} text */
export function tell(text) {
  clearTimeout(timer);
  timer = window.setTimeout(() => setText(byId("notice-done", HTMLElement), ""), SHOWN_MS);
  const alert = byId("notice-problem", HTMLElement);
  alert.hidden = true;
  alert.replaceChildren();
  setText(byId("notice-done", HTMLElement), text);
}

/** Say that something failed, and keep saying it until it is dismissed or something succeeds.
 * @param {unknown} error */
export function complain(error) {
  const text = error instanceof Error ? error.message : String(error);
  const alert = byId("notice-problem", HTMLElement);
  setText(byId("notice-done", HTMLElement), "");
  const close = make(
    "button",
    { type: "button", class: "quiet-button", click: () => tell("") },
    "Dismiss",
  );
  alert.replaceChildren(make("span", {}, text), close);
  alert.hidden = false;
}
