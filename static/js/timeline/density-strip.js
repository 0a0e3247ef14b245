// @ts-check
// What happened along a machine's history: wrong hits, fences and assignments, as three rows of bars.

import { currentTheme, onThemeChange } from "../common/theme.js";
import { barHeight, ROW_PX } from "./bars.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").StateName} StateName */
/** @typedef {{bins: number, fences: number[], assignments: number[], violations: number[]}} Density */

/** Rows from the top: what is counted, and the state whose colour it has.
 * @type {readonly ["violations"|"fences"|"assignments", StateName][]} */
const ROWS = [
  ["violations", "violation"],
  ["fences", "flushing"],
  ["assignments", "running"],
];
/** Draws the strip, again whenever the theme or its width changes. */
export class DensityStrip {
  /** @param {HTMLCanvasElement} canvas @param {Palette} palette @param {() => void} resized */
  constructor(canvas, palette, resized) {
    this.canvas = canvas;
    this.palette = palette;
    /** @type {Density|null} */
    this.density = null;
    onThemeChange(() => this.paint());
    new ResizeObserver(() => {
      this.paint();
      resized();
    }).observe(canvas);
  }

  /** Bins that fit: one for every two pixels; none while there is no room. */
  get bins() {
    return Math.min(2048, Math.floor(this.canvas.clientWidth / 2));
  }

  /** @param {Density} density */
  show(density) {
    this.density = density;
    this.paint();
  }

  paint() {
    const context = this.canvas.getContext("2d");
    const { density } = this;
    if (!context || !density) return;
    const ratio = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(ROWS.length * ROW_PX * ratio);
    context.scale(ratio, ratio);
    const side = width / density.bins;
    ROWS.forEach(([name, state], row) => {
      const counts = density[name];
      const most = Math.max(1, ...counts);
      context.fillStyle = this.palette.states[currentTheme()][state];
      counts.forEach((count, bin) => {
        const height = barHeight(count, most);
        context.fillRect(bin * side, (row + 1) * ROW_PX - height, Math.max(side, 1), height);
      });
    });
  }
}
