// @ts-check
// The span of machine time that is on screen: zooming, moving, and the ticks of its axis.

/** Nanoseconds of machine time, whole numbers. @typedef {{from: number, to: number}} Span */

/** No span is shorter: the clock counts nanoseconds. */
export const SHORTEST_NS = 20;
const TICK_PX = 110;

/** @param {Span} span */
export function lengthOf(span) {
  return span.to - span.from;
}

/** A span within bounds, whole, as long as it was where that fits.
 * @param {Span} span @param {Span} bounds @returns {Span} */
export function within(span, bounds) {
  const most = Math.max(SHORTEST_NS, lengthOf(bounds));
  const length = Math.round(Math.min(most, Math.max(SHORTEST_NS, lengthOf(span))));
  const last = Math.max(bounds.from, bounds.to - length);
  const from = Math.round(Math.min(last, Math.max(bounds.from, span.from)));
  return { from, to: from + length };
}

/** The span `factor` times as long; the moment `about` stays where it is on screen.
 * @param {Span} span @param {number} factor @param {number} about @param {Span} bounds */
export function zoomed(span, factor, about, bounds) {
  const most = Math.max(SHORTEST_NS, lengthOf(bounds));
  const length = Math.min(most, Math.max(SHORTEST_NS, lengthOf(span) * factor));
  const share = lengthOf(span) > 0 ? (about - span.from) / lengthOf(span) : 0.5;
  const from = about - share * length;
  return within({ from, to: from + length }, bounds);
}

/** The span moved by a time. @param {Span} span @param {number} ns @param {Span} bounds */
export function moved(span, ns, bounds) {
  return within({ from: span.from + ns, to: span.to + ns }, bounds);
}

/** The span with a moment in its middle. @param {Span} span @param {number} ns @param {Span} bounds */
export function centred(span, ns, bounds) {
  return moved(span, ns - (span.from + span.to) / 2, bounds);
}

/** @param {number} ns @param {Span} span @param {number} width */
export function xOf(ns, span, width) {
  return ((ns - span.from) * width) / Math.max(1, lengthOf(span));
}

/** @param {number} x @param {Span} span @param {number} width */
export function timeOf(x, span, width) {
  return span.from + (x * lengthOf(span)) / Math.max(1, width);
}

/** Round times to mark on the axis, and how far they are apart.
 * @param {Span} span @param {number} width @returns {{step: number, times: number[]}} */
export function ticks(span, width) {
  const rough = Math.max(1, (lengthOf(span) * TICK_PX) / Math.max(1, width));
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * decade).find((n) => n >= rough) ?? 10 * decade;
  const times = [];
  for (let ns = Math.ceil(span.from / step) * step; ns <= span.to; ns += step) times.push(ns);
  return { step, times };
}

const UNITS = /** @type {const} */ ([
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
]);

/** A tick's time with as many digits as tell it from the next: 12345000, 1000 -> "12.345 ms".
 * @param {number} ns @param {number} step */
export function tickText(ns, step) {
  const [scale, unit] = UNITS.find(([least]) => ns >= least) ?? [1, "ns"];
  const digits = Math.max(0, Math.ceil(Math.log10(scale / step) - 1e-9));
  return `${(ns / scale).toFixed(digits)} ${unit}`;
}
