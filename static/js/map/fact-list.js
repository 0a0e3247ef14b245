// @ts-check
// Names and what is known of them, drawn anew only where that changed: a button in it can be pressed and
// keeps the focus while a machine runs.

import { make } from "../common/dom.js";

/** `key` says what `nodes` would show. @typedef {{name: string, key: string, nodes: () => (Node|string)[]}} Fact */

/** @param {string} name @param {string} text @returns {Fact} */
export function textFact(name, text) {
  return { name, key: text, nodes: () => [text] };
}

export class FactList {
  /** @param {HTMLElement} element a description list */
  constructor(element) {
    this.element = element;
    /** @type {{name: string, key: string, place: HTMLElement}[]} */
    this.drawn = [];
  }

  /** @param {Fact[]} facts */
  show(facts) {
    const same = facts.length === this.drawn.length && facts.every((fact, at) => fact.name === this.drawn[at]?.name);
    if (!same) {
      this.drawn = facts.map(({ name }) => ({ name, key: "", place: make("dd") }));
      this.element.replaceChildren(
        ...this.drawn.flatMap(({ name, place }) => [make("dt", {}, name), place]),
      );
    }
    facts.forEach((fact, at) => {
      const row = this.drawn[at];
      if (!row || row.key === fact.key) return;
      row.key = fact.key;
      row.place.replaceChildren(...fact.nodes());
    });
  }
}
