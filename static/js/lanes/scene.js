// @ts-check
// What a picture of the lanes is made of, and where things are in it.

import { AXIS, fenceBox, GUTTER } from "./lanes-layout.js";
import { edgeOf } from "./lanes-words.js";
import { xOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Chosen} Chosen */
/** @typedef {import("./lanes-types.js").Lane} Lane */
/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./lanes-types.js").Target} Target */
/** @typedef {import("./time-span.js").Span} Span */

/**
 * Everything a picture is made of.
 * @typedef {object} Scene
 * @property {Lanes} lanes
 * @property {Float64Array[]} starts of the fences, by lane
 * @property {import("./density-image.js").DensityImage} density
 * @property {Span} span
 * @property {number} width
 * @property {number} height
 * @property {number} scroll
 * @property {import("./lanes-layout.js").Rows} rows
 * @property {import("./lanes-colours.js").LaneColours} colours
 * @property {Chosen} chosen
 * @property {number|null} hart the selected one
 * @property {Target|null} target
 * @property {import("./markers.js").Markers} markers
 * @property {number|null} at_ns the moment the page shows, where that is not now
 * @property {boolean} arrows of every request, not only of the one that is pointed at
 */

/** Where a lane begins. @param {Scene} scene @param {number} place */
export function topOf(scene, place) {
  return AXIS + place * scene.rows.pitch - scene.scroll;
}

/** Width of the part that time runs along. @param {Scene} scene */
export function trackWidth(scene) {
  return Math.max(1, scene.width - GUTTER);
}

/** Where a target is along the lane. @param {Scene} scene @param {Lane} lane
 * @param {Target} target @returns {[number, number]|null} */
export function boxOf(scene, lane, target) {
  const { span, lanes } = scene;
  const width = trackWidth(scene);
  const n = target.index;
  if (target.kind === "fence") {
    const start = scene.starts[target.place]?.[n];
    if (start === undefined || !lane.fences) return null;
    return fenceBox(start, Number(lane.fences.cycles[n]), span, width);
  }
  const slice = target.kind === "slice";
  const from = slice ? lane.slices?.start_ns[n] : edgeOf(lanes, n);
  const to = slice ? lane.slices?.end_ns[n] : edgeOf(lanes, n + 1);
  if (from === undefined || to === undefined) return null;
  const left = Math.max(0, xOf(from, span, width));
  return [left, Math.min(width, xOf(to, span, width)) - left];
}
