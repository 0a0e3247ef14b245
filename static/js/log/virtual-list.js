// @ts-check
// A table of any length of which only the rows in sight are in the document.

import { byId } from "../common/dom.js";
import { ScrollRange } from "./scroll-range.js";

const ENDED_MS = 150;

/** The window onto the list: a scroller, a space as high as the list, and in it, held in sight, the
 * table with as many rows as fit. */
export class VirtualList {
  /** @param {(place: number) => HTMLTableRowElement} row makes, or keeps, the row at a place
   * @param {() => void} scrolled called when the reader scrolled */
  constructor(row, scrolled) {
    this.row = row;
    this.range = new ScrollRange();
    this.scroller = byId("log-scroll", HTMLElement);
    this.space = byId("log-space", HTMLElement);
    this.window = byId("log-window", HTMLElement);
    this.table = byId("log-table", HTMLTableElement);
    this.body = byId("log-rows", HTMLElement);
    this.drawing = 0;
    this.ending = 0;
    this.scroller.addEventListener("scroll", () => {
      if (Math.abs(this.scroller.scrollTop - this.range.top) < 1) return;
      this.range.scrolled(this.scroller.scrollTop);
      scrolled();
      this.schedule();
      clearTimeout(this.ending);
      this.ending = window.setTimeout(() => this.rest(), ENDED_MS);
    });
    new ResizeObserver(() => this.measure()).observe(this.scroller);
  }

  /** The places in sight, from the top. */
  get places() {
    return Array.from({ length: this.range.rows }, (_, index) => this.range.first + index);
  }

  /** @param {number} count */
  setCount(count) {
    this.range.count = count;
    this.range.moveTo(this.range.offset);
    this.table.setAttribute("aria-rowcount", String(count + 1));
    this.measure();
  }

  measure() {
    const head = this.table.tHead?.offsetHeight ?? 0;
    this.range.row = parseFloat(getComputedStyle(this.scroller).getPropertyValue("--log-row"));
    // The head stands above the rows.
    this.space.style.height = `${this.range.height + head}px`;
    const height = this.scroller.clientHeight;
    this.range.view = Math.max(0, height - head);
    this.range.moveTo(this.range.offset);
    this.window.style.height = `${height}px`;
    this.rest();
    this.schedule();
  }

  /** Put the scroll bar where it belongs. */
  rest() {
    this.scroller.scrollTop = this.range.rest();
    this.range.top = this.scroller.scrollTop;
  }

  /** @param {number} place */
  show(place) {
    this.range.show(place);
    this.rest();
    this.schedule();
  }

  toTop() {
    this.range.moveTo(0);
    this.rest();
    this.schedule();
  }

  schedule() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  /** Rows that stay are left where they are, so that a click on one of them is not lost. */
  draw() {
    const rows = this.places.map((place) => this.row(place));
    const stay = new Set(/** @type {Element[]} */ (rows));
    for (const child of [...this.body.children]) if (!stay.has(child)) child.remove();
    let next = this.body.firstElementChild;
    for (const row of rows) {
      if (row === next) next = next.nextElementSibling;
      else this.body.insertBefore(row, next);
    }
    this.body.style.transform = `translateY(${-this.range.shift}px)`;
  }
}
