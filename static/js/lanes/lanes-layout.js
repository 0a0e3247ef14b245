// @ts-check
// Where slices, fences and lanes are, in pixels and in time.

import { lengthOf, timeOf, xOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").SliceColumns} SliceColumns */
/** @typedef {import("./lanes-types.js").FenceColumns} FenceColumns */
/** @typedef {import("./time-span.js").Span} Span */

export const GUTTER = 76;
/** The flags of markers have a row of their own: over the axis they would hide its times. */
export const FLAGS = 14;
export const AXIS = FLAGS + 24;
export const FOOT = 20;
/** Fences stand below the lane: over the slices they would hide the VMIDs. */
export const STRIP = 6;
const LEAST_FENCE_PX = 3;
const NEAR_PX = 4;

/** @typedef {{lane: number, pitch: number}} Rows heights in pixels */

/** One hart a lane, or strips where harts share one. @param {boolean} grouped @returns {Rows} */
export function rowsFor(grouped) {
  return grouped ? { lane: 10, pitch: 18 } : { lane: 20, pitch: 30 };
}

/** The lane at a height, null where there is none; and whether the fences below it are meant.
 * @param {number} y below the axis @param {Rows} rows @param {number} count
 * @returns {{place: number, below: boolean}|null} */
export function laneAt(y, rows, count) {
  const place = Math.floor(y / rows.pitch);
  if (y < 0 || place >= count) return null;
  return { place, below: y - place * rows.pitch >= rows.lane };
}

/** The first place of an ascending column that is not below a value.
 * @param {ArrayLike<number>} column @param {number} value */
export function firstFrom(column, value) {
  let [low, high] = [0, column.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (column[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Calls `visit` for each slice that can be seen, with its left edge and width in whole pixels;
 * of several in one pixel, for one.
 * @param {SliceColumns} slices @param {Span} span @param {number} width
 * @param {(place: number, x: number, wide: number) => void} visit */
export function eachBox(slices, span, width, visit) {
  const { start_ns: starts, end_ns: ends } = slices;
  const scale = width / Math.max(1, lengthOf(span));
  let drawn = -1;
  for (let n = firstFrom(ends, span.from); n < starts.length; n += 1) {
    const [start, end] = [/** @type {number} */ (starts[n]), /** @type {number} */ (ends[n])];
    if (start > span.to) return;
    const left = Math.max(0, Math.round((start - span.from) * scale));
    const right = Math.min(width, Math.max(left + 1, Math.round((end - span.from) * scale)));
    if (right <= drawn || left >= width) continue;
    visit(n, Math.max(left, drawn), right - Math.max(left, drawn));
    drawn = right;
  }
}

/** When each fence of a hart begins to be drawn: those of one instant stand one behind another, each
 * as long as its price, a cycle a nanosecond.
 * @param {FenceColumns} fences */
export function fenceStarts(fences) {
  const starts = new Float64Array(fences.at_ns.length);
  for (let n = 0; n < starts.length; n += 1) {
    const at = /** @type {number} */ (fences.at_ns[n]);
    const follows = n > 0 && fences.at_ns[n - 1] === at;
    starts[n] = follows ? Number(starts[n - 1]) + Number(fences.cycles[n - 1]) : at;
  }
  return starts;
}

/** The box of a fence. @param {number} start @param {number} cycles @param {Span} span
 * @param {number} width @returns {[number, number]} left edge and width */
export function fenceBox(start, cycles, span, width) {
  const left = Math.round(xOf(start, span, width));
  const right = Math.round(xOf(start + cycles, span, width));
  return [left, Math.max(LEAST_FENCE_PX, right - left)];
}

/** The slice at a place of a lane; one close by where it is narrow.
 * @param {SliceColumns} slices @param {number} x @param {Span} span @param {number} width
 * @returns {number|null} */
export function sliceAt(slices, x, span, width) {
  const ns = timeOf(x, span, width);
  const first = firstFrom(slices.end_ns, ns);
  for (const place of [first, first - 1, first + 1]) {
    const [start, end] = [slices.start_ns[place], slices.end_ns[place]];
    if (start === undefined || end === undefined) continue;
    if (xOf(start, span, width) - 1 <= x && x <= xOf(end, span, width) + 1) return place;
  }
  return null;
}

/** The fence at a place of a lane's strip, or the nearest within a few pixels.
 * @param {FenceColumns} fences @param {Float64Array} starts @param {number} x @param {Span} span
 * @param {number} width @returns {number|null} */
export function fenceAt(fences, starts, x, span, width) {
  const reach = timeOf(x + NEAR_PX, span, width);
  for (let n = firstFrom(starts, reach) - 1, tries = 0; n >= 0 && tries < 16; n -= 1, tries += 1) {
    const [left, wide] = fenceBox(Number(starts[n]), Number(fences.cycles[n]), span, width);
    if (x >= left - NEAR_PX && x <= left + wide + NEAR_PX) return n;
  }
  return null;
}

/** Width of a box for a wrong hit, and of a digit in it. */
const WRONG_PX = 12;
const WRONG_DIGIT_PX = 6.4;

/** Boxes for wrong hits that end at these pixels, in ascending order: what would lie over another box
 * is counted in it, and none is cut at an edge.
 * @param {Iterable<[number, number]>} hits end, and how many end there
 * @param {number} width @returns {{x: number, wide: number, text: string}[]} */
export function wrongBoxes(hits, width) {
  /** @type {WrongBox[]} */
  const boxes = [];
  for (const [end, count] of hits) {
    if (end >= 0 && end <= width)
      addWrong(boxes, { x: Math.max(0, end - WRONG_PX), wide: wrongWidth(count), count });
  }
  for (let last = boxes.pop(); last; last = boxes.pop()) {
    const [before, x] = [boxes.length, Math.max(0, Math.min(last.x, width - last.wide))];
    addWrong(boxes, { ...last, x });
    if (boxes.length > before) break;
  }
  return boxes.map(({ x, wide, count }) => ({ x, wide, text: count > 1 ? `!${count}` : "!" }));
}

/** @typedef {{x: number, wide: number, count: number}} WrongBox */

/** @param {WrongBox[]} boxes @param {WrongBox} next */
function addWrong(boxes, next) {
  const last = boxes.at(-1);
  if (!last || next.x >= last.x + last.wide) {
    boxes.push(next);
    return;
  }
  last.count += next.count;
  last.wide = wrongWidth(last.count);
}

/** @param {number} count */
function wrongWidth(count) {
  const digits = count > 1 ? String(count).length : 0;
  return WRONG_PX + Math.ceil(digits * WRONG_DIGIT_PX);
}

/** The number where it fits a box. @param {number} vmid @param {number} wide @param {number} digit
 * width of a digit */
export function labelOf(vmid, wide, digit) {
  const text = String(vmid);
  return text.length * digit + 6 <= wide ? text : "";
}
