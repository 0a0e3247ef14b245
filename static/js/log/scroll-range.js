// @ts-check
// Which rows of a long list are in sight. Browsers end at some 16 million pixels of height, so the
// scroll bar of a longer list is a scaled one.

/** Highest a list is made, in CSS pixels. */
export const MOST_PX = 6_000_000;

/** A list of rows of one height, seen through a window.
 *
 * `offset` is the place of the window's top in the whole list, in pixels; `top` that of the scroll
 * bar. Where the bar is scaled, scrolling by less than a window moves the list pixel for pixel, and
 * the bar is put where it belongs when scrolling has ended (`rest`). */
export class ScrollRange {
  constructor() {
    this.count = 0;
    this.row = 28;
    this.view = 0;
    this.offset = 0;
    this.top = 0;
  }

  /** Height that the list has for the browser. */
  get height() {
    return Math.min(this.count * this.row, MOST_PX);
  }

  get scaled() {
    return this.count * this.row > MOST_PX;
  }

  get lastOffset() {
    return Math.max(0, this.count * this.row - this.view);
  }

  get lastTop() {
    return Math.max(0, this.height - this.view);
  }

  /** First row that is in sight, at least in part. */
  get first() {
    return Math.floor(this.offset / this.row);
  }

  /** How far the first row is above the window, in pixels. */
  get shift() {
    return this.offset - this.first * this.row;
  }

  /** Rows that are in sight, at least in part. */
  get rows() {
    return Math.min(this.count - this.first, Math.ceil((this.view + this.shift) / this.row));
  }

  /** The scroll bar was moved. @param {number} top */
  scrolled(top) {
    const moved = top - this.top;
    this.top = top;
    const atEnd = top <= 0 || top >= this.lastTop - 1;
    if (!this.scaled) this.moveTo(top);
    else if (atEnd || Math.abs(moved) > this.view) this.moveTo(this.offsetOf(top));
    else if (Math.abs(moved) >= 1) this.moveTo(this.offset + moved);
  }

  /** @param {number} top */
  offsetOf(top) {
    return this.lastTop ? Math.min(1, top / this.lastTop) * this.lastOffset : 0;
  }

  /** @param {number} offset */
  moveTo(offset) {
    this.offset = Math.min(this.lastOffset, Math.max(0, offset));
  }

  /** Where the scroll bar belongs. */
  rest() {
    const scale = this.scaled ? this.lastTop / this.lastOffset : 1;
    this.top = this.offset * scale;
    return this.top;
  }

  /** Bring a row into sight, by as little as possible. @param {number} row */
  show(row) {
    const above = row * this.row;
    const below = above + this.row - this.view;
    if (this.offset > above) this.moveTo(above);
    else if (this.offset < below) this.moveTo(below);
  }
}
