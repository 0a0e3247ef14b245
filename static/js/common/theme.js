// @ts-check
// Light, dark, or as the system says: the button in the header, and the theme in force.

import { byId } from "./dom.js";
import { recall, remember } from "./storage.js";

/** @typedef {import("./types.js").ThemeName} ThemeName */

const CHOICES = /** @type {const} */ (["auto", "light", "dark"]);
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {"auto"|ThemeName} */
function choice() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

/** The theme in force. @returns {ThemeName} */
export function currentTheme() {
  const chosen = choice();
  if (chosen !== "auto") return chosen;
  return systemIsDark.matches ? "dark" : "light";
}

/** Call `react` whenever another theme comes into force. @param {() => void} react */
export function onThemeChange(react) {
  systemIsDark.addEventListener("change", react);
  document.addEventListener("vmidscope:theme", react);
}

/** Make the header's button go round auto, light and dark. */
export function installThemeToggle() {
  const button = byId("theme-toggle", HTMLButtonElement);
  const show = () => {
    button.textContent = `◐ ${choice()}`;
    button.setAttribute("aria-label", `Theme: ${choice()}`);
  };
  button.addEventListener("click", () => {
    const next = CHOICES[(CHOICES.indexOf(choice()) + 1) % CHOICES.length] ?? "auto";
    if (next === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    remember("theme", next === "auto" ? null : next);
    show();
    document.dispatchEvent(new Event("vmidscope:theme"));
  });
  button.hidden = false;
  if (recall("theme") === null) delete document.documentElement.dataset.theme;
  show();
}
