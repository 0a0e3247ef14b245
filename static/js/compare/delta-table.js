// @ts-check
// Counters of both, and how B's compare with A's in words.

import { byId, make, setText } from "../common/dom.js";
import { counterName, integer } from "../common/format.js";

/** @typedef {import("./compare-types.js").Comparison} Comparison */
/** @typedef {import("./compare-types.js").Delta} Delta */

const MARKS = { fewer: "▼", more: "▲", equal: "=" };

/** "Violations total", and "Fences: hfence_gvma" where counted by kind. @param {string} name */
function rowName(name) {
  const [group = "", kind] = name.split(".");
  return kind ? `${counterName(group)}: ${kind}` : counterName(name);
}

/** @typedef {{a: Element, b: Element, mark: Element, words: Element}} Row */

/** The table, drawn row by row as counters appear. */
export class DeltaTable {
  constructor() {
    this.body = byId("delta-rows", HTMLElement);
    this.headlines = byId("headlines", HTMLElement);
    /** @type {Map<string, Row>} */
    this.rows = new Map();
  }

  clear() {
    this.rows.clear();
    this.body.replaceChildren();
  }

  /** @param {Comparison} comparison */
  show({ deltas, headlines }) {
    const names = new Set(deltas.map(({ name }) => name));
    // Going back, a kind of fence may be gone again.
    if ([...this.rows.keys()].some((name) => !names.has(name))) this.clear();
    for (const delta of deltas) this.showRow(delta);
    headlines.forEach((sentence, index) => {
      const line = this.headlines.children[index] ?? this.headlines.appendChild(make("li"));
      setText(line, sentence);
    });
  }

  /** @param {Delta} delta */
  showRow(delta) {
    const row = this.rows.get(delta.name) ?? this.addRow(delta.name);
    setText(row.a, integer(delta.a));
    setText(row.b, integer(delta.b));
    setText(row.mark, MARKS[delta.direction]);
    row.mark.setAttribute("data-direction", delta.direction);
    setText(row.words, delta.sentence);
  }

  /** @param {string} name @returns {Row} */
  addRow(name) {
    const row = {
      a: make("td", { class: "number", "data-delta-a": name }),
      b: make("td", { class: "number", "data-delta-b": name }),
      mark: make("span", { class: "direction", "aria-hidden": "true" }),
      words: make("span", { "data-delta-words": name }),
    };
    const words = make("td", { class: "delta-words" }, row.mark, " ", row.words);
    const head = make("th", { scope: "row" }, rowName(name));
    this.body.append(make("tr", {}, head, row.a, row.b, words));
    this.rows.set(name, row);
    return row;
  }
}
