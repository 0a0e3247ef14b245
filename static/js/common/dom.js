// @ts-check
// Finding and making elements.

/** The element with this id, which the page must have, as its type.
 * @template {Element} T @param {string} id @param {new () => T} type @returns {T} */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`no ${type.name} with id ${id}`);
  return element;
}

/** @typedef {Record<string, string|number|boolean|null|undefined|((event: any) => void)>} Properties */

/** An element with attributes (null and false leave one out), listeners (functions, by event name)
 * and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Properties} [properties] @param {(Node|string|null)[]} children
 * @returns {HTMLElementTagNameMap[K]} */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An SVG element with attributes and children.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag @param {Record<string, string|number>} [attributes] @param {(Node|string)[]} children
 * @returns {SVGElementTagNameMap[K]} */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** Set an element's text, without touching the document if it says that already.
 * @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Let what waits for the page's script act: it comes disabled, since a click before that would do
 * nothing, and Enter would send a form that has nothing to say. */
export function enableControls() {
  for (const control of document.querySelectorAll("[data-waits]")) control.removeAttribute("disabled");
}

/** Does the event come from somewhere letters and the space bar mean something else?
 * @param {Event} event */
export function isTyping(event) {
  const target = event.target;
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]");
}
