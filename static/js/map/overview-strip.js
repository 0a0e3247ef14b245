// @ts-check
// The whole id space as a row of bars, each so many VMIDs with their states stacked: where it is full,
// and which part the map shows. A click or the arrow keys go there.

import { byId } from "../common/dom.js";
import { integer } from "../common/format.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { bars, barSize } from "./strip-bars.js";
import { STATES } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */

/** With fewer, the map itself is easily overlooked. */
const FEWEST_BARS = 16;
const HEIGHT = 44;
/** From the ground up: what is wrong first. */
const STACK = ["violation", "running", "assigned", "flushing", "stale", "reserved", "free"];

/** The strip above the map. */
export class OverviewStrip {
  /** @param {Palette} palette @param {(vmid: number) => void} goTo */
  constructor(palette, goTo) {
    this.palette = palette;
    this.goTo = goTo;
    this.strip = byId("map-strip", HTMLElement);
    this.canvas = byId("map-strip-canvas", HTMLCanvasElement);
    /** @type {number[][]} */
    this.counts = [];
    this.each = 1;
    this.at = 0;
    /** The VMIDs that the map shows: first and last row. @type {[number, number]} */
    this.shown = [0, 0];
    this.drawn = "";
    this.strip.addEventListener("click", (event) => {
      const box = this.canvas.getBoundingClientRect();
      this.go(Math.floor(((event.clientX - box.left) / box.width) * this.counts.length));
    });
    this.strip.addEventListener("keydown", (event) => this.pressed(event));
    new ResizeObserver(() => this.draw(true)).observe(this.strip);
    onThemeChange(() => this.draw(true));
  }

  /** @param {Uint8Array} cells */
  show(cells) {
    this.counts = bars(cells);
    this.each = barSize(cells.length);
    this.strip.hidden = this.counts.length < FEWEST_BARS;
    this.at = Math.min(this.at, this.counts.length - 1);
    this.tell();
    this.draw();
  }

  /** @param {number} first @param {number} last */
  showView(first, last) {
    this.shown = [first, last];
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const last = this.counts.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowLeft: this.at - 1,
      ArrowDown: this.at - 1,
      ArrowRight: this.at + 1,
      ArrowUp: this.at + 1,
      Home: 0,
      End: last,
      Enter: this.at,
    };
    const target = targets[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(target);
  }

  /** @param {number} bar */
  go(bar) {
    this.at = Math.max(0, Math.min(this.counts.length - 1, bar));
    this.tell();
    this.goTo(this.at * this.each);
  }

  tell() {
    const first = this.at * this.each;
    const counts = this.counts[this.at] ?? [];
    const words = STATES.flatMap((state, index) =>
      counts[index] ? [`${integer(counts[index])} ${state}`] : [],
    );
    this.strip.setAttribute("aria-valuemax", String(Math.max(0, this.counts.length - 1)));
    this.strip.setAttribute("aria-valuenow", String(this.at));
    this.strip.setAttribute(
      "aria-valuetext",
      `VMIDs ${first} to ${first + this.each - 1}: ${words.join(", ")}`,
    );
  }

  /** @param {boolean} [anyway] even if it says the same */
  draw(anyway = false) {
    const drawn = `${this.counts.join(";")}|${this.shown.join()}`;
    if (this.strip.hidden || (drawn === this.drawn && !anyway)) return;
    this.drawn = drawn;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    const width = this.strip.clientWidth;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(HEIGHT * ratio);
    context.scale(ratio, ratio);
    this.drawBars(context, width);
    this.drawView(context, width);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} width */
  drawBars(context, width) {
    const colours = this.palette.states[currentTheme()];
    const across = width / this.counts.length;
    const gap = across > 4 ? 1 : 0;
    this.counts.forEach((counts, bar) => {
      let y = HEIGHT;
      for (const state of STACK) {
        const name = /** @type {import("../common/types.js").StateName} */ (state);
        const count = counts[STATES.indexOf(name)] ?? 0;
        // One wrong VMID among many is still seen.
        const height = count && Math.max((count / this.each) * HEIGHT, name === "violation" ? 4 : 0);
        y -= height;
        context.fillStyle = colours[name];
        context.fillRect(bar * across, Math.max(0, y), across - gap, height);
      }
    });
  }

  /** A bracket under the part that the map shows. @param {CanvasRenderingContext2D} context
   * @param {number} width */
  drawView(context, width) {
    const [first, last] = this.shown;
    const size = this.counts.length * this.each;
    if (last - first >= size) return;
    context.strokeStyle = this.palette.ink[currentTheme()];
    context.lineWidth = 2;
    const left = (first / size) * width;
    context.strokeRect(left + 1, 1, Math.max(4, ((last - first) / size) * width - 2), HEIGHT - 2);
  }
}
