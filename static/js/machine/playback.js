// @ts-check
// How far a recorded schedule has been played.

import { byId, setText } from "../common/dom.js";
import { integer } from "../common/format.js";

/** @typedef {import("../common/types.js").Playback} Playback */

/** The bar under the controls; hidden for a machine without a recording. */
export class PlaybackBar {
  constructor() {
    this.box = byId("playback", HTMLElement);
    this.bar = byId("playback-bar", HTMLProgressElement);
    this.text = byId("playback-text", HTMLElement);
  }

  /** @param {Playback|null} playback */
  show(playback) {
    this.box.hidden = playback === null;
    if (playback === null) return;
    this.bar.max = Math.max(1, playback.events);
    this.bar.value = playback.position;
    const round = playback.round ? `, round ${integer(playback.round + 1)}` : "";
    const end = playback.finished ? ", at its end" : "";
    setText(
      this.text,
      `${integer(playback.position)} of ${integer(playback.events)} recorded events${round}${end}`,
    );
  }
}
