// @ts-check
// The steps of a path as a list of buttons, the shown one marked.

import { make } from "../common/dom.js";

/** @typedef {import("./path-types.js").PathState} PathState */

/** The list at the left. */
export class StepList {
  /** @param {HTMLElement} list @param {(number: number) => void} go */
  constructor(list, go) {
    this.list = list;
    this.go = go;
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
  }

  /** @param {PathState[]} states */
  load(states) {
    this.buttons = states.map((state) => this.button(state));
    this.list.replaceChildren(...this.buttons.map((button) => make("li", {}, button)));
  }

  /** @param {PathState} state */
  button(state) {
    const broken = state.breaches.map(({ property }) => property.name);
    return make(
      "button",
      {
        type: "button",
        class: broken.length ? "step broken" : "step",
        click: () => this.go(state.number),
      },
      make("span", { class: "step-number" }, `${state.number}`),
      make(
        "span",
        { class: "step-text" },
        make("span", { class: "step-did" }, state.did),
        ...state.told.map((words) => make("span", { class: "step-told" }, words)),
        broken.length
          ? make("span", { class: "step-broken" }, `breaks ${broken.join(", ")}`)
          : null,
      ),
    );
  }

  /** @param {number} at */
  show(at) {
    const moved = this.list.contains(document.activeElement);
    this.buttons.forEach((button, number) => {
      // One stop for the Tab key, however many steps there are; the arrow keys move it.
      button.tabIndex = number === at ? 0 : -1;
      if (number === at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    const current = this.buttons[at];
    if (!current) return;
    // Within the list alone: the page stays where it is.
    const { offsetTop, offsetHeight } = current;
    const { scrollTop, clientHeight } = this.list;
    if (offsetTop < scrollTop || offsetTop + offsetHeight > scrollTop + clientHeight) {
      this.list.scrollTop = offsetTop - clientHeight / 2;
    }
    if (moved) current.focus({ preventScroll: true });
  }
}
