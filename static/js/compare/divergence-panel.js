// @ts-check
// The first step that is different: found by the server, told here, and led to.

import { get } from "../common/api.js";
import { byId, make, setText } from "../common/dom.js";
import { duration, integer } from "../common/format.js";
import { complain } from "../common/notice.js";

/** @typedef {import("./compare-types.js").Divergence} Divergence */
/** @typedef {import("./compare-types.js").DivergenceLine} DivergenceLine */
/** @typedef {import("./compare-types.js").Divergences} Divergences */

/** @param {string} side @param {DivergenceLine[]} lines */
function sideLines(side, lines) {
  const items = lines.length
    ? lines.map(({ words }) => make("li", {}, words))
    : [make("li", { class: "quiet" }, "nothing of the kind")];
  return make("div", {}, make("h4", {}, side), make("ul", { class: "divergence-lines" }, ...items));
}

/** Asks where the two part, once a comparison, and shows it. */
export class DivergencePanel {
  /** @param {(step: number) => void} goTo */
  constructor(goTo) {
    this.goTo = goTo;
    this.button = byId("first-divergence", HTMLButtonElement);
    this.box = byId("divergence", HTMLElement);
    this.status = byId("divergence-status", HTMLElement);
    this.found = byId("divergence-found", HTMLElement);
    /** @type {string|null} */
    this.id = null;
    this.button.addEventListener("click", () => void this.find());
  }

  /** Another comparison: what was found is of the one before. @param {string} id */
  begin(id) {
    if (id === this.id) return;
    this.id = id;
    this.box.hidden = true;
    this.found.replaceChildren();
  }

  /** Search, tell, and go to the first difference. */
  async find() {
    const { id } = this;
    if (id === null) return;
    this.box.hidden = false;
    setText(this.status, "Searching…");
    this.button.setAttribute("aria-busy", "true");
    try {
      /** @type {Divergences} */
      const found = await get(`/comparisons/${id}/divergence`);
      if (id !== this.id) return;
      this.show(found);
      if (found.first !== null) this.goTo(found.first);
    } catch (error) {
      setText(this.status, "The search failed.");
      complain(error);
    } finally {
      this.button.removeAttribute("aria-busy");
    }
  }

  /** @param {Divergences} found */
  show({ searched, first, fences, wrong_hits }) {
    const steps = integer(searched);
    setText(
      this.status,
      first === null
        ? `Fences and wrong hits are the same in the first ${steps} steps.`
        : `Fences and wrong hits are the same before step ${integer(first)}.`,
    );
    this.found.replaceChildren(
      this.part("Fences", fences, `Fences are the same in all ${steps} steps searched.`),
      this.part("Wrong hits", wrong_hits, `Wrong hits are the same in all ${steps} steps searched.`),
    );
  }

  /** @param {string} title @param {Divergence|null} one @param {string} none */
  part(title, one, none) {
    const head = make("h3", {}, title);
    if (one === null) return make("div", {}, head, make("p", { class: "quiet" }, none));
    const go = make(
      "button",
      { type: "button", class: "small-button", click: () => this.goTo(one.step) },
      `Go to step ${integer(one.step)}`,
    );
    const said = make("p", {}, `${one.sentence} Machine time ${duration(one.at_ns)}. `, go);
    const sides = make("div", { class: "divergence-sides" });
    sides.append(sideLines("A", one.a), sideLines("B", one.b));
    return make("div", {}, head, said, sides);
  }
}
