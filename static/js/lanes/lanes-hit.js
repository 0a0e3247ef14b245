// @ts-check
// What is at a place of the picture, and what is beside something.

import { AXIS, fenceAt, FOOT, GUTTER, laneAt, sliceAt } from "./lanes-layout.js";
import { binOf, edgeOf } from "./lanes-words.js";
import { trackWidth } from "./scene.js";
import { timeOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Lane} Lane */
/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./lanes-types.js").Target} Target */
/** @typedef {import("./scene.js").Scene} Scene */

/** The lane at a height; null outside. @param {Scene} scene @param {number} y */
export function placeAt(scene, y) {
  if (y < AXIS || y >= scene.height - FOOT) return null;
  return laneAt(y - AXIS + scene.scroll, scene.rows, scene.lanes.lanes.length);
}

/** @param {Scene} scene @param {number} x @param {number} y @returns {Target|null} */
export function targetAt(scene, x, y) {
  const found = placeAt(scene, y);
  const lane = found && scene.lanes.lanes[found.place];
  if (!found || !lane || x < GUTTER) return null;
  const { place, below } = found;
  const [along, width] = [x - GUTTER, trackWidth(scene)];
  if (below && lane.fences) {
    const starts = scene.starts[place] ?? new Float64Array(0);
    const index = fenceAt(lane.fences, starts, along, scene.span, width);
    if (index !== null) return { place, kind: "fence", index };
  }
  if (lane.slices) {
    const index = sliceAt(lane.slices, along, scene.span, width);
    return index === null ? null : { place, kind: "slice", index };
  }
  const bin = binOf(scene.lanes, timeOf(along, scene.span, width));
  return bin === null ? null : { place, kind: "bin", index: bin };
}

/** When something begins and ends. @param {Lanes} lanes @param {Target} target
 * @returns {import("./time-span.js").Span|null} */
export function timesOf(lanes, target) {
  const lane = lanes.lanes[target.place];
  const n = target.index;
  if (target.kind === "bin") return { from: edgeOf(lanes, n), to: edgeOf(lanes, n + 1) };
  const slice = target.kind === "slice";
  const from = slice ? lane?.slices?.start_ns[n] : lane?.fences?.at_ns[n];
  const to = slice ? lane?.slices?.end_ns[n] : from;
  return from === undefined || to === undefined ? null : { from, to };
}

/** The event of a slice or a fence. @param {Lanes} lanes @param {Target} target */
export function seqOf(lanes, target) {
  const lane = lanes.lanes[target.place];
  if (target.kind === "bin") return null;
  return (target.kind === "slice" ? lane?.slices : lane?.fences)?.seq[target.index] ?? null;
}

/** The VMID that a fence names by its number, as `size` ids know it; null where it names none. The
 * operand of an HFENCE.VVMA is an ASID.
 * @param {Lanes} lanes @param {Target} target @param {number} size */
export function fencedVmid(lanes, target, size) {
  const fences = lanes.lanes[target.place]?.fences;
  const kind = lanes.words[Number(fences?.kind[target.index])] ?? "";
  const id = Number(fences?.id[target.index] ?? -1);
  return /hfence_gvma/.test(kind) && id >= 0 ? id % size : null;
}

/** The lane of a hart; null where it has none. @param {Lanes} lanes @param {number} hart */
export function placeOfHart(lanes, hart) {
  const place = lanes.lanes.findIndex((lane) => lane.harts.includes(hart));
  return place < 0 ? null : place;
}

/** The slice, or part of a density, of a lane at a moment.
 * @param {Scene} scene @param {number} place @param {number} ns @returns {Target|null} */
export function standingAt(scene, place, ns) {
  const lane = scene.lanes.lanes[place];
  if (!lane) return null;
  if (!lane.slices) {
    const index = binOf(scene.lanes, ns);
    return index === null ? null : { place, kind: "bin", index };
  }
  const starts = lane.slices.start_ns;
  let index = starts.length - 1;
  while (index > 0 && Number(starts[index]) > ns) index -= 1;
  return index < 0 ? null : { place, kind: "slice", index };
}

/** What is `lanes` lanes below and `slices` slices after something; itself at the ends.
 * @param {Scene} scene @param {Target} target @param {number} lanes @param {number} slices
 * @returns {Target} */
export function beside(scene, target, lanes, slices) {
  const all = scene.lanes.lanes;
  if (lanes) {
    const place = Math.max(0, Math.min(all.length - 1, target.place + lanes));
    const times = timesOf(scene.lanes, target);
    return (times && standingAt(scene, place, (times.from + times.to) / 2)) ?? target;
  }
  const lane = all[target.place];
  const columns = target.kind === "fence" ? lane?.fences : lane?.slices;
  const most = target.kind === "bin" ? scene.lanes.bins : (columns?.seq.length ?? 0);
  return { ...target, index: Math.max(0, Math.min(most - 1, target.index + slices)) };
}

/** What was under the keyboard, in lanes that were read later: it stays there. A part of a density
 * is another by then.
 * @param {Lanes} lanes @param {Lanes} before @param {Target} target @returns {Target|null} */
export function sameIn(lanes, before, target) {
  const seq = seqOf(before, target);
  const lane = lanes.lanes[target.place];
  const columns = target.kind === "slice" ? lane?.slices : lane?.fences;
  const index = seq === null || !columns ? -1 : columns.seq.indexOf(seq);
  return index < 0 ? null : { ...target, index };
}

/** A fence by its event. @param {Lanes} lanes @param {number} seq @returns {Target|null} */
export function fenceBySeq(lanes, seq) {
  for (const [place, { fences }] of lanes.lanes.entries()) {
    const index = fences ? fences.seq.indexOf(seq) : -1;
    if (index >= 0) return { place, kind: "fence", index };
  }
  return null;
}
