// @ts-check
// Keys that work anywhere on a page, the help that lists them, and the switch that turns them off.

import { byId, isTyping } from "./dom.js";
import { recall, remember } from "./storage.js";

/** @typedef {Record<string, () => void>} Keys what to do, by `KeyboardEvent.key` */

/** Elements on which the space bar already means something. */
const PRESSED_BY_SPACE = "button, a, summary, [role=button], [tabindex]:not([role=grid], .takes-keys)";

/** May single keys act now? Not while a dialog is open or a text is typed.
 * @param {KeyboardEvent} event */
function isForPage(event) {
  // Brackets need AltGr on many keyboards, which counts as Alt and Ctrl.
  const held = event.ctrlKey || event.metaKey || event.altKey;
  if ((held && !event.getModifierState("AltGraph")) || event.defaultPrevented) return false;
  if (isTyping(event) || document.querySelector("dialog[open]")) return false;
  const target = event.target;
  return !(event.key === " " && target instanceof Element && target.closest(PRESSED_BY_SPACE));
}

/** Install the keys of a page, beside `?` for help.
 * @param {Keys} keys */
export function installShortcuts(keys) {
  const help = byId("help-dialog", HTMLDialogElement);
  const enabled = byId("shortcuts-enabled", HTMLInputElement);
  const openHelp = () => {
    if (!help.open) help.showModal();
  };
  enabled.checked = recall("shortcuts") !== "off";
  enabled.addEventListener("change", () => remember("shortcuts", enabled.checked ? null : "off"));
  const opener = byId("open-help", HTMLButtonElement);
  opener.addEventListener("click", openHelp);
  opener.disabled = false;
  help.querySelector("[data-close]")?.addEventListener("click", () => help.close());
  /** @type {Keys} */
  const all = { ...keys, "?": openHelp };
  document.addEventListener("keydown", (event) => {
    const action = all[event.key];
    if (!action || !enabled.checked || !isForPage(event)) return;
    event.preventDefault();
    action();
  });
}
