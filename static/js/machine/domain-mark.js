// @ts-check
// A domain wherever it is named: its colour with its number, and its name as a button that selects it.

import { make } from "../common/dom.js";
import { hueOf } from "../common/palette.js";

/** The colour of a domain and its number in it: two domains may have one hue. @param {number} domain */
export function domainSwatch(domain) {
  const classes = `swatch domain-swatch hue-${hueOf(domain)}`;
  return make("span", { class: classes, "aria-hidden": "true" }, String(domain));
}

/** Words that name a domain: a button where it can be selected, pressed where it is.
 * @param {number} domain @param {string} text
 * @param {((domain: number) => void)|null} select or let go @param {number|null} selected */
export function domainName(domain, text, select, selected = null) {
  if (!select) return make("span", {}, text);
  return make(
    "button",
    {
      type: "button",
      class: "owner-button",
      "data-domain": domain,
      "aria-pressed": String(domain === selected),
      title: `${text}: select domain ${domain}`,
      click: () => select(domain),
    },
    text,
  );
}

/** Press the buttons of the selected domain below an element. @param {Element} element
 * @param {number|null} selected */
export function pressDomain(element, selected) {
  for (const button of element.querySelectorAll("[data-domain][aria-pressed]")) {
    const pressed = button.getAttribute("data-domain") === String(selected);
    button.setAttribute("aria-pressed", String(pressed));
  }
}
