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
  /** @param {string} path of the machine */
  constructor(path) {
    this.path = path;
    this.markers = NO_MARKERS;
    this.line = byId("lanes-between", HTMLElement);
  }

  /** @param {number} ns */
  async set(ns) {
    const markers = marked(this.markers, ns);
    this.markers = markers;
    const span = between(markers);
    if (!span) {
      setText(this.line, `Marker A at ${duration(markers.a ?? 0)}; m again sets B`);
      return;
    }
    const path = `${this.path}/counts?from_ns=${span.from}&to_ns=${span.to}`;
    const counts = await get(path).catch(complain);
    if (!counts || this.markers !== markers) return;
    setText(this.line, `A to B ${differenceWords(lengthOf(span), counts)}`);
  }

  clear() {
    this.markers = NO_MARKERS;
    setText(this.line, "");
  }
}
