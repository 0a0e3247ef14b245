// @ts-check
// The player's buttons: to start, back, play, forward, to end, and how fast.

import { byId, setText } from "../common/dom.js";

const STEP_MS = 1000;

/** Moves through states 0 to `last`; `go` is told where to. */
export class Transport {
  /** @param {(number: number) => void} go */
  constructor(go) {
    this.go = go;
    this.at = 0;
    this.last = 0;
    this.timer = 0;
    this.slider = byId("position", HTMLInputElement);
    this.speed = byId("play-speed", HTMLSelectElement);
    /** @type {[string, () => void][]} */
    const buttons = [
      ["to-start", () => this.jump(0)],
      ["back", () => this.jump(this.at - 1)],
      ["play", () => this.toggle()],
      ["forward", () => this.jump(this.at + 1)],
      ["to-end", () => this.jump(this.last)],
    ];
    for (const [id, act] of buttons) byId(id, HTMLButtonElement).addEventListener("click", act);
    this.slider.addEventListener("input", () => this.jump(Number(this.slider.value)));
    this.speed.addEventListener("change", () => this.timer && this.play());
  }

  get playing() {
    return this.timer !== 0;
  }

  /** Go somewhere by hand, which ends playing. @param {number} to */
  jump(to) {
    this.pause();
    this.move(to);
  }

  /** @param {number} to */
  move(to) {
    const inside = Math.max(0, Math.min(this.last, to));
    if (inside !== this.at) this.go(inside);
  }

  toggle() {
    if (this.playing) this.pause();
    else {
      if (this.at === this.last) this.move(0);
      this.play();
    }
  }

  play() {
    clearInterval(this.timer);
    this.timer = window.setInterval(
      () => {
        this.move(this.at + 1);
        if (this.at === this.last) this.pause();
      },
      STEP_MS / Number(this.speed.value),
    );
    this.showPlaying();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.showPlaying();
  }

  showPlaying() {
    // Nobody can listen to as many sentences as play by.
    byId("step-words", HTMLElement).setAttribute("aria-live", this.playing ? "off" : "polite");
    setText(byId("play-word", HTMLElement), this.playing ? "Pause" : "Play");
    setText(byId("play-mark", HTMLElement), this.playing ? "❚❚" : "▶");
  }

  /** @param {number} at @param {number} last */
  show(at, last) {
    this.at = at;
    this.last = last;
    this.slider.max = String(last);
    this.slider.value = String(at);
    this.slider.setAttribute("aria-valuetext", `state ${at} of ${last}`);
    setText(byId("position-text", HTMLElement), `${at} of ${last}`);
  }
}
