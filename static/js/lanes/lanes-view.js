// @ts-check
// Which span of time is shown: all of it until somebody zooms, and the live end while it is in sight.

import { centred, lengthOf, moved, within, zoomed } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./time-span.js").Span} Span */

/** This share of the span is read on either side beside it, so that a move finds something. */
const MARGIN = 0.5;
const MOST_PIXELS = 4096;
/** A read is too coarse when what it covers is as many times as long as what is shown. */
const COARSE = 3;

/** The span on screen and its bounds. */
export class LanesView {
  /** @param {Span|null} span null: all */
  constructor(span) {
    /** @type {Span} */
    this.bounds = { from: 0, to: 1 };
    /** @type {Span|null} */
    this.chosen = span;
    this.follows = span === null;
  }

  /** What is shown. @returns {Span} */
  get span() {
    return this.chosen ?? this.bounds;
  }

  /** Was it told where the machine's time ends? */
  get known() {
    return this.bounds.to > 1;
  }

  fit() {
    this.chosen = null;
    this.follows = true;
  }

  /** @param {Span|null} span */
  show(span) {
    if (span === null) this.fit();
    else this.choose(span);
  }

  /** @param {number} factor @param {number} about */
  zoom(factor, about) {
    this.choose(zoomed(this.span, factor, about, this.bounds));
  }

  /** @param {number} ns */
  pan(ns) {
    if (this.chosen) this.choose(moved(this.chosen, ns, this.bounds));
  }

  /** Bring a moment on screen. @param {number} ns */
  reveal(ns) {
    const { from, to } = this.span;
    if (this.chosen && (ns < from || ns > to)) this.choose(centred(this.chosen, ns, this.bounds));
  }

  /** @param {Span} span */
  choose(span) {
    const fitted = this.known && lengthOf(span) >= lengthOf(this.bounds);
    this.chosen = fitted ? null : span;
    this.follows = span.to >= this.bounds.to;
  }

  /** The machine went on, or what is kept begins later: a view of its end stays there.
   * @param {Span} bounds */
  grow(bounds) {
    const first = !this.known;
    this.bounds = { from: bounds.from, to: Math.max(bounds.to, bounds.from + 1) };
    if (!this.chosen) return;
    if (first) this.follows = this.chosen.to >= this.bounds.to;
    const by = this.follows ? this.bounds.to - this.chosen.to : 0;
    this.chosen = moved(this.chosen, first ? 0 : by, this.bounds);
  }

  /** What to ask the server for. @param {number} width pixels on screen
   * @param {readonly number[]|null} harts null: all */
  query(width, harts) {
    const { from, to } = this.span;
    const margin = this.chosen ? MARGIN * lengthOf(this.span) : 0;
    const end = this.known ? this.bounds.to : Infinity;
    const asked = {
      from: Math.max(this.bounds.from, Math.floor(from - margin)),
      to: Math.min(end, Math.ceil(to + margin)),
    };
    const share = lengthOf(asked) / Math.max(1, lengthOf(this.span));
    return {
      from_ns: this.chosen ? asked.from : this.bounds.from,
      to_ns: this.follows ? null : asked.to,
      width: Math.max(1, Math.min(MOST_PIXELS, Math.round(width * (this.chosen ? share : 1)))),
      harts: harts && harts.join(","),
    };
  }

  /** Does what was read show this view, and as exactly as it can be shown?
   * @param {Lanes} lanes */
  isIn(lanes) {
    const { from, to } = this.span;
    if (from < lanes.from_ns || Math.min(to, this.bounds.to) > lanes.to_ns) return false;
    const told = lanes.lanes.every((lane) => lane.slices && lane.fences && lane.requests && lane.wrong);
    return told || lanes.to_ns - lanes.from_ns <= COARSE * lengthOf(this.span);
  }

  /** The span for the address: null where it is everything. @returns {Span|null} */
  get inAddress() {
    return this.chosen && within(this.chosen, this.bounds);
  }
}
