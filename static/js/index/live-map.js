// @ts-check
// A small map with large cells: numbers and owners can be read, and what changed is ringed.

import { inkOn, pixelTable } from "../common/palette.js";
import { currentTheme } from "../common/theme.js";
import { BORDER_FROM, CellPen } from "../map/cell-drawing.js";
import { isViolation, stateOf, violations } from "../map/vmid-cells.js";
import { placeOf, shapeOf, vmidlenOf } from "../map/vmid-grid.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").StateName} StateName */

const RING_MS = 800;
const GAP = 2;
/** Guests come and go on a hart many times a second; that is no change of the VMID. */
const HELD = new Set(/** @type {StateName[]} */ (["assigned", "running"]));

/** Draws the bytes of a map on one canvas. */
export class LiveMap {
  /** @param {HTMLCanvasElement} canvas @param {Palette} palette */
  constructor(canvas, palette) {
    this.canvas = canvas;
    this.palette = palette;
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(0);
    /** When each cell last changed, by `performance.now()`. @type {number[]} */
    this.changed = [];
    /** @type {(vmid: number) => string} */
    this.ownerOf = () => "";
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** @param {Uint8Array} cells @param {(vmid: number) => string} ownerOf */
  show(cells, ownerOf) {
    const first = cells.length !== this.cells.length;
    if (first) this.changed = new Array(cells.length).fill(-Infinity);
    cells.forEach((byte, vmid) => {
      const [before, after] = [stateOf(this.cells[vmid] ?? 0), stateOf(byte)];
      const same = before === after || (HELD.has(before) && HELD.has(after));
      if (!first && !same) this.changed[vmid] = performance.now();
    });
    this.cells = cells;
    this.ownerOf = ownerOf;
    this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const width = this.canvas.clientWidth;
    if (!context || !width || !this.cells.length) return;
    const shape = shapeOf(vmidlenOf(this.cells.length));
    const ratio = window.devicePixelRatio || 1;
    const side = width / shape.columns;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(side * shape.rows * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (side < BORDER_FROM) {
      this.drawSmall(context, shape, side);
      return;
    }
    const theme = currentTheme();
    const pen = new CellPen(context, this.palette, theme);
    this.cells.forEach((byte, vmid) => {
      const { column, row } = placeOf(vmid, shape);
      const square = { x: column * side + GAP, y: row * side + GAP, side: side - 2 * GAP };
      pen.draw(square, byte, vmid, this.ownerOf(vmid));
      this.frame(context, square, vmid);
      if (isViolation(byte)) this.mark(context, square, inkOn(this.palette.states[theme].violation));
    });
  }

  /** Cells too small for more than their colour, at once; wrong ones larger than they are.
   * @param {CanvasRenderingContext2D} context @param {import("../map/vmid-grid.js").Shape} shape
   * @param {number} side */
  drawSmall(context, shape, side) {
    const picture = new OffscreenCanvas(shape.columns, shape.rows);
    const pixels = pixelTable(this.palette, currentTheme());
    const image = new ImageData(shape.columns, shape.rows);
    const target = new Uint32Array(image.data.buffer);
    this.cells.forEach((byte, vmid) => (target[vmid] = pixels[byte] ?? 0));
    picture.getContext("2d")?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(picture, 0, 0, side * shape.columns, side * shape.rows);
    context.strokeStyle = this.palette.ink[currentTheme()];
    context.lineWidth = 2;
    for (const vmid of violations(this.cells)) {
      const { column, row } = placeOf(vmid, shape);
      context.strokeRect(column * side - 3, row * side - 3, side + 6, side + 6);
    }
  }

  /** A thin frame round each cell, and a thick one for a while round one that has changed.
   * @param {CanvasRenderingContext2D} context @param {{x: number, y: number, side: number}} square
   * @param {number} vmid */
  frame(context, { x, y, side }, vmid) {
    const theme = currentTheme();
    const recent = performance.now() - (this.changed[vmid] ?? -Infinity) < RING_MS;
    context.strokeStyle = recent ? this.palette.ink[theme] : this.palette.rule[theme];
    context.lineWidth = recent ? 3 : 1;
    const inset = context.lineWidth / 2;
    context.strokeRect(x + inset, y + inset, side - 2 * inset, side - 2 * inset);
  }

  /** The inner of the two frames that say "violation" without a colour.
   * @param {CanvasRenderingContext2D} context @param {{x: number, y: number, side: number}} square
   * @param {string} ink */
  mark(context, { x, y, side }, ink) {
    context.strokeStyle = ink;
    context.lineWidth = 1.5;
    context.strokeRect(x + 4, y + 4, side - 8, side - 8);
  }
}
