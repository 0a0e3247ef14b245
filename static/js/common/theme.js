// @ts-check
// Light, dark, high contrast, or as the system says: the choice, and the theme in force.

import { byId } from "./dom.js";
import { recall, remember } from "./storage.js";

/** @typedef {import("./types.js").ThemeName} ThemeName */
/** @typedef {typeof CHOICES[number]} Choice */

export const CHOICES = /** @type {const} */ (["auto", "light", "dark", "contrast"]);
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const systemWantsContrast = matchMedia("(prefers-contrast: more)");

/** A choice in words. @param {Choice} choice */
export function themeName(choice) {
  return choice === "contrast" ? "high contrast" : choice;
}

/** @returns {Choice} */
function choice() {
  const chosen = document.documentElement.dataset.theme;
  return CHOICES.find((one) => one === chosen) ?? "auto";
}

/** The theme in force: high contrast is light or dark as the system is. @returns {ThemeName} */
export function currentTheme() {
  const chosen = choice();
  const dark = chosen === "dark" || (chosen !== "light" && systemIsDark.matches);
  const contrast = chosen === "contrast" || (chosen === "auto" && systemWantsContrast.matches);
  if (contrast) return dark ? "dark-contrast" : "light-contrast";
  return dark ? "dark" : "light";
}

/** Call `react` whenever another theme comes into force. @param {() => void} react */
export function onThemeChange(react) {
  document.addEventListener("vmidscope:theme", react);
}

/** Have the style sheets and everything that draws follow the theme in force. */
function apply() {
  const { dataset, classList } = document.documentElement;
  const theme = currentTheme();
  if (theme.endsWith("-contrast")) dataset.look = "contrast";
  else delete dataset.look;
  // Swagger UI's own name for it.
  classList.toggle("dark-mode", theme.startsWith("dark"));
  document.dispatchEvent(new Event("vmidscope:theme"));
}

/** Choose a theme, and keep it in this browser. @param {Choice} chosen */
export function setTheme(chosen) {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  remember("theme", chosen === "auto" ? null : chosen);
  apply();
}

/** Make the header's button go round auto, light, dark and high contrast. */
export function installThemeToggle() {
  const button = byId("theme-toggle", HTMLButtonElement);
  const show = () => {
    button.textContent = `◐ ${themeName(choice())}`;
    button.setAttribute("aria-label", `Theme: ${themeName(choice())}`);
  };
  button.addEventListener("click", () =>
    setTheme(CHOICES[(CHOICES.indexOf(choice()) + 1) % CHOICES.length] ?? "auto"),
  );
  button.hidden = false;
  if (recall("theme") === null) delete document.documentElement.dataset.theme;
  onThemeChange(show);
  for (const system of [systemIsDark, systemWantsContrast]) system.addEventListener("change", apply);
  apply();
}
