// @ts-check
// What a path breaks, and why it could happen.

import { byId, make, setText } from "../common/dom.js";

/** @typedef {import("./path-types.js").PathState} PathState */
/** @typedef {import("./path-types.js").PathView} PathView */

/** The hit itself stands above the reasons. */
const PARTS = { fill: "filled", change: "then", fence: "fence", hit: "hit" };

/** The failing sentence on top, and the reasons below it, each leading to its step. */
export class BreachView {
  /** @param {(number: number) => void} go */
  constructor(go) {
    this.go = go;
    /** @type {number|null} */
    this.broken = null;
    byId("breach-go", HTMLButtonElement).addEventListener("click", () => this.show());
  }

  /** To the state that breaks. */
  show() {
    if (this.broken !== null) this.go(this.broken);
  }

  /** @param {PathView} path */
  load(path) {
    this.broken = path.broken;
    const state = path.broken === null ? undefined : path.states[path.broken];
    byId("breach", HTMLElement).hidden = !state;
    byId("no-breach", HTMLElement).hidden = state !== undefined;
    byId("why", HTMLElement).hidden = !state?.why.length;
    if (!state) return;
    this.loadBreach(state);
    const others = path.states
      .flatMap(({ number, breaches }) => breaches.map(({ property }) => ({ number, property })))
      .filter(({ property }) => property.name !== state.breaches[0]?.property.name)
      .map(({ number, property }) => `${property.name} ${property.title} at step ${number}`);
    setText(
      byId("breach-others", HTMLElement),
      others.length ? `Also broken: ${others.join(", ")}.` : "",
    );
  }

  /** @param {PathState} state */
  loadBreach(state) {
    const breach = state.breaches[0];
    if (!breach) return;
    const { name, title, sentence } = breach.property;
    setText(byId("breach-name", HTMLElement), `${name} ${title}`);
    setText(
      byId("breach-invariant", HTMLElement),
      `is broken at step ${state.number}: “${sentence}”`,
    );
    setText(byId("breach-sentence", HTMLElement), capital(breach.sentence));
    byId("why-reasons", HTMLElement).replaceChildren(
      ...state.why
        .filter(({ part }) => part !== "hit")
        .map(({ step, part, words }) =>
          make(
            "li",
            { class: `reason reason-${part}` },
            make("span", { class: "reason-part" }, PARTS[part]),
            make(
              "button",
              { type: "button", class: "link-button", click: () => this.go(step) },
              `step ${step}`,
            ),
            make("span", { class: "reason-words" }, words),
          ),
        ),
    );
  }
}

/** A sentence that begins with no vCPU. @param {string} words */
function capital(words) {
  const first = words.startsWith("vCPU") ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return `${first}.`;
}
