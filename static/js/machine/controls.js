// @ts-check
// Play, pause, step and speed.

import { change } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { counted, rate } from "../common/format.js";
import { complain, tell } from "../common/notice.js";
import { positionOf, REPLAY_MAX, SLIDER_MAX, speedAt } from "./speed-scale.js";

/** @typedef {import("../common/types.js").Status} Status */

/** The clock of a machine, and in the past that of its replay; `stepped` is called after a step that
 * worked. */
export class Controls {
  /** @param {string} machine @param {import("../timeline/timeline.js").Timeline} timeline
   * @param {() => void} stepped */
  constructor(machine, timeline, stepped) {
    this.base = `/machines/${machine}`;
    this.timeline = timeline;
    this.stepped = stepped;
    /** @type {Status} */
    this.status = "paused";
    this.speed = 1;
    this.dragging = false;
    this.stepping = false;
    /** Steps asked for and not begun. */
    this.owed = 0;
    this.play = byId("play", HTMLButtonElement);
    this.slider = byId("speed", HTMLInputElement);
    this.output = byId("speed-value", HTMLElement);
    this.chip = byId("machine-status", HTMLElement);
    this.listen();
  }

  listen() {
    this.play.addEventListener("click", () => void this.toggle());
    for (const button of document.querySelectorAll("[data-step]")) {
      button.addEventListener(
        "click",
        () => void this.step(Number(button.getAttribute("data-step"))),
      );
    }
    this.slider.addEventListener("input", () => {
      this.dragging = true;
      this.showSpeed(this.chosen);
    });
    this.slider.addEventListener("change", () => {
      this.dragging = false;
      if (this.timeline.inPast) this.timeline.setRate(this.chosen);
      else void this.setClock(this.status === "running", this.chosen);
    });
  }

  /** Where the slider stands. */
  get chosen() {
    return speedAt(Number(this.slider.value));
  }

  /** What the server says. @param {Status} status @param {number} speed */
  show(status, speed) {
    this.status = status;
    this.speed = speed;
    const running = this.timeline.inPast ? this.timeline.playing > 0 : status === "running";
    setText(byId("play-mark", HTMLElement), running ? "❚❚" : "▶");
    setText(byId("play-word", HTMLElement), running ? "Pause" : "Play");
    this.play.setAttribute("data-running", String(running));
    setText(this.chip, status);
    this.chip.setAttribute("data-status", status);
    if (this.dragging) return;
    const { inPast, rate: replay } = this.timeline;
    const shown = inPast ? replay : speed;
    this.slider.max = String(inPast ? REPLAY_MAX : SLIDER_MAX);
    this.showSpeed(shown);
    const position = String(positionOf(shown));
    if (this.slider.value !== position) this.slider.value = position;
  }

  /** @param {number} speed */
  showSpeed(speed) {
    const text = rate(speed, this.timeline.inPast ? "moment" : "step");
    setText(this.output, text);
    this.slider.setAttribute("aria-valuetext", text);
  }

  /** Play or pause; in the past, what happened is played. */
  async toggle() {
    if (this.timeline.inPast) {
      this.timeline.togglePlay();
      this.show(this.status, this.speed);
      return;
    }
    await this.setClock(this.status !== "running", this.speed);
  }

  /** @param {boolean} running @param {number} speed */
  async setClock(running, speed) {
    try {
      await change("PUT", `${this.base}/clock`, { running, speed });
      this.show(running ? "running" : "paused", speed);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {number} count */
  async step(count) {
    if (this.timeline.inPast) {
      await this.timeline.forward(count);
      return;
    }
    this.owed += count;
    if (this.stepping) return;
    this.isStepping(true);
    try {
      while (this.owed) await this.stepOwed();
    } catch (error) {
      this.owed = 0;
      complain(error);
    } finally {
      this.isStepping(false);
    }
  }

  /** The steps asked for so far, those while another was under way as one. */
  async stepOwed() {
    const count = this.owed;
    this.owed = 0;
    await change("POST", `${this.base}/step`, { count });
    tell(`Went on by ${counted(count, "step")}.`);
    this.stepped();
  }

  /** A step is under way, and another is not begun before it is over. @param {boolean} stepping */
  isStepping(stepping) {
    this.stepping = stepping;
    byId("step-buttons", HTMLElement).setAttribute("aria-busy", String(stepping));
  }
}
