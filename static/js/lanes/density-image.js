// @ts-check
// Lanes with more slices than pixels, as an image: each pixel's bar is as high as its hart was busy.

import { hueOf, rgb } from "../common/palette.js";
import { lengthOf, xOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Chosen} Chosen */
/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./time-span.js").Span} Span */
/** @typedef {{hues: string[], running: string}} Colours */

/** Height of an image's lane; it is stretched to the lane's own. */
export const LEVELS = 20;
const FAINT = 90;

/** The pixels of a colour, opaque and faint, in the byte order of an ImageData.
 * @param {string} colour @returns {[number, number]} */
function pixels(colour) {
  const bytes = new Uint8ClampedArray([...rgb(colour), 255, ...rgb(colour), FAINT]);
  const [full, faint] = new Uint32Array(bytes.buffer);
  return [full ?? 0, faint ?? 0];
}

/** Made anew when other lanes are read, and when colours or the selection change. */
export class DensityImage {
  constructor() {
    this.canvas = document.createElement("canvas");
    /** @type {Lanes|null} */
    this.lanes = null;
  }

  /** @param {Lanes} lanes @param {Colours} colours @param {Chosen} chosen */
  make(lanes, colours, chosen) {
    this.lanes = lanes;
    this.canvas.width = lanes.bins;
    this.canvas.height = LEVELS * lanes.lanes.length;
    const context = this.canvas.getContext("2d");
    if (!context || !lanes.lanes.some((lane) => lane.density)) return;
    const image = context.createImageData(lanes.bins, this.canvas.height);
    const target = new Uint32Array(image.data.buffer);
    const hues = colours.hues.map(pixels);
    const nobody = pixels(colours.running);
    const length = Math.max(1, lengthOf({ from: lanes.from_ns, to: lanes.to_ns })) / lanes.bins;
    for (const [place, { density, harts }] of lanes.lanes.entries()) {
      if (!density) continue;
      const per = LEVELS / (length * harts.length);
      for (let n = 0; n < lanes.bins; n += 1) {
        const busy = density.busy_ns[n] ?? 0;
        if (!busy) continue;
        const domain = density.domain[n] ?? -1;
        const colour = domain < 0 ? nobody : (hues[hueOf(domain)] ?? nobody);
        const faint = chosen.domain !== null && domain >= 0 && domain !== chosen.domain;
        const high = Math.max(1, Math.min(LEVELS, Math.round(busy * per)));
        let at = ((place + 1) * LEVELS - 1) * lanes.bins + n;
        for (let up = 0; up < high; up += 1, at -= lanes.bins) target[at] = colour[faint ? 1 : 0];
      }
    }
    context.putImageData(image, 0, 0);
  }

  /** Draw one lane's part. @param {CanvasRenderingContext2D} context @param {number} place
   * @param {Span} span @param {number} width @param {number} y @param {number} height */
  draw(context, place, span, width, y, height) {
    const lanes = this.lanes;
    if (!lanes) return;
    const left = xOf(lanes.from_ns, span, width);
    const right = xOf(lanes.to_ns, span, width);
    context.imageSmoothingEnabled = false;
    const part = /** @type {const} */ ([0, place * LEVELS, lanes.bins, LEVELS]);
    context.drawImage(this.canvas, ...part, left, y, right - left, height);
  }
}
