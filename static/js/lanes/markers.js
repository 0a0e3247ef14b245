// @ts-check
// Two markers on the time axis, and what lies between them.

/** @typedef {{a: number|null, b: number|null}} Markers machine time in ns */

/** @type {Markers} */
export const NO_MARKERS = { a: null, b: null };

/** One more marker: the first, the second, and then a new first.
 * @param {Markers} markers @param {number} ns @returns {Markers} */
export function marked(markers, ns) {
  const at = Math.round(ns);
  if (markers.a === null || markers.b !== null) return { a: at, b: null };
  return { a: markers.a, b: at };
}

/** From the earlier to the later; null unless there are two.
 * @param {Markers} markers @returns {import("./time-span.js").Span|null} */
export function between(markers) {
  const { a, b } = markers;
  return a === null || b === null ? null : { from: Math.min(a, b), to: Math.max(a, b) };
}
