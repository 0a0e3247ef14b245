// @ts-check
// The line below the lanes: what is pointed at, and what this zoom cannot tell of the selected VMID.

import { byId, setText } from "../common/dom.js";
import { untoldWords } from "./lanes-words.js";

/** Keeps the last words until others are said. */
export class LanesReadout {
  constructor() {
    this.line = byId("lanes-readout", HTMLElement);
    this.words = this.line.textContent ?? "";
    this.untold = "";
  }

  /** @param {string} words */
  say(words) {
    this.words = words;
    setText(this.line, this.untold ? `${words} · ${this.untold}` : words);
  }

  /** @param {import("./lanes-types.js").Lanes|null} lanes @param {number|null} vmid selected */
  showUntold(lanes, vmid) {
    this.untold = untoldWords(lanes, vmid);
    this.say(this.words);
  }
}
