// @ts-check
// One clock for both machines: play, pause, steps, speed, and the position.

import { byId, setText } from "../common/dom.js";
import { integer, rate } from "../common/format.js";
import { recall, remember } from "../common/storage.js";
import { positionOf, speedAt } from "../machine/speed-scale.js";
import { PlayClock } from "./play-clock.js";

const TICK_MS = 100;
const SPEED = "compare-speed";

/**
 * @typedef {object} Clocked
 * @property {number} steps at which both are shown, or will be soon
 * @property {boolean} busy is a move under way?
 * @property {(steps: number) => void} goTo
 * @property {() => void} paused
 */

/** The buttons and sliders; what they mean is the page's business. */
export class CompareControls {
  /** @param {Clocked} page */
  constructor(page) {
    this.page = page;
    this.clock = new PlayClock();
    this.clock.speed = Number(recall(SPEED)) || this.clock.speed;
    this.play = byId("play", HTMLButtonElement);
    this.slider = byId("speed", HTMLInputElement);
    this.position = byId("position", HTMLInputElement);
    this.number = byId("position-number", HTMLInputElement);
    this.dragging = false;
    this.listen();
    this.showSpeed();
    setInterval(() => this.tick(), TICK_MS);
  }

  listen() {
    this.play.addEventListener("click", () => this.toggle());
    for (const button of document.querySelectorAll("[data-step]")) {
      const count = Number(button.getAttribute("data-step"));
      button.addEventListener("click", () => this.step(count));
    }
    this.slider.addEventListener("input", () => {
      this.clock.speed = speedAt(Number(this.slider.value));
      remember(SPEED, String(this.clock.speed));
      this.showSpeed();
    });
    this.position.addEventListener("input", () => {
      this.dragging = true;
      this.goTo(Number(this.position.value));
    });
    this.position.addEventListener("change", () => {
      this.dragging = false;
    });
    byId("position-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.typed();
    });
  }

  typed() {
    const steps = Number(this.number.value.replaceAll(",", "").trim() || Number.NaN);
    const wrong = !Number.isSafeInteger(steps) || steps < 0;
    this.number.setAttribute("aria-invalid", String(wrong));
    const problem = `position is ${this.number.value || "empty"}; 0 or more steps are allowed`;
    setText(byId("position-problem", HTMLElement), wrong ? problem : "");
    if (!wrong) this.goTo(steps);
  }

  /** @param {number} steps */
  goTo(steps) {
    this.pause();
    this.page.goTo(steps);
  }

  /** @param {number} count back where it is below zero */
  step(count) {
    this.goTo(Math.max(0, this.page.steps + count));
  }

  toggle() {
    if (this.clock.running) this.pause();
    else this.clock.start(performance.now());
    this.showPlay();
  }

  pause() {
    if (!this.clock.running) return;
    this.clock.stop();
    this.showPlay();
    this.page.paused();
  }

  tick() {
    if (document.hidden || this.page.busy) return;
    const due = this.clock.due(performance.now());
    if (due > 0) this.page.goTo(this.page.steps + due);
  }

  showPlay() {
    const { running } = this.clock;
    setText(byId("play-mark", HTMLElement), running ? "❚❚" : "▶");
    setText(byId("play-word", HTMLElement), running ? "Pause" : "Play");
    this.play.setAttribute("data-running", String(running));
  }

  showSpeed() {
    const text = rate(this.clock.speed);
    setText(byId("speed-value", HTMLElement), text);
    this.slider.setAttribute("aria-valuetext", text);
    this.slider.value = String(positionOf(this.clock.speed));
  }

  /** @param {number} steps @param {number} most that both have made */
  show(steps, most) {
    this.position.max = String(most);
    if (!this.dragging) this.position.value = String(steps);
    this.position.setAttribute("aria-valuetext", `${integer(steps)} of ${integer(most)} steps`);
    if (document.activeElement !== this.number) this.number.value = String(steps);
    setText(byId("position-most", HTMLElement), `of ${integer(most)} steps made`);
  }
}
