// @ts-check
// The two markers, and the line below the lanes that says what lies between them.

import { get } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { duration } from "../common/format.js";
import { complain } from "../common/notice.js";
import { differenceWords } from "./lanes-words.js";
import { between, marked, NO_MARKERS } from "./markers.js";
import { lengthOf } from "./time-span.js";

/** Tells the difference in time, and counts what happened in it. */
export class MarkerLine {
  /** @param {string} path of the machine @param {import("../machine/page-state.js").PageStore} store */
  constructor(path, store) {
    this.path = path;
    this.store = store;
    this.line = byId("lanes-between", HTMLElement);
    store.subscribe((changed) => {
      if (changed.has("a") || changed.has("b")) void this.tell();
    });
    void this.tell();
  }

  /** @returns {import("./markers.js").Markers} */
  get markers() {
    const { a, b } = this.store.state;
    return { a, b };
  }

  /** @param {number} ns */
  set(ns) {
    this.store.set(marked(this.markers, ns));
  }

  clear() {
    this.store.set(NO_MARKERS);
  }

  async tell() {
    const { a, b } = this.markers;
    const span = between({ a, b });
    if (!span) {
      setText(this.line, a === null ? "" : `Marker A at ${duration(a)}; m again sets B`);
      return;
    }
    const path = `${this.path}/counts?from_ns=${span.from}&to_ns=${span.to}`;
    const counts = await get(path).catch(complain);
    if (!counts || this.markers.a !== a || this.markers.b !== b) return;
    setText(this.line, `A to B ${differenceWords(lengthOf(span), counts)}`);
  }
}
