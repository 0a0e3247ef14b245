// @ts-check
// What lies over the map's colours: ruler, large cells, rings, selection.

import { BORDER_FROM, CellPen, GLYPH_FROM } from "./cell-drawing.js";
import { placeOf, rulerTicks } from "./vmid-grid.js";
import { isFree, violations } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {import("./vmid-grid.js").Shape} Shape */

/**
 * @typedef {object} MapView
 * @property {Uint8Array} cells
 * @property {Shape} shape
 * @property {number} side of a cell
 * @property {number} gutter width left of the grid, for the ruler
 * @property {number|null} selected
 * @property {number|null} hovered
 * @property {readonly number[]} changed since the last single step
 * @property {(vmid: number) => string} ownerOf short name of an owner, or ""
 */

const SMALLEST_RING = 12;

/** Draws everything above the state layer, once.
 * @param {CanvasRenderingContext2D} context @param {MapView} view
 * @param {Palette} palette @param {ThemeName} theme */
export function drawOverlay(context, view, palette, theme) {
  const overlay = new Overlay(context, view, palette, theme);
  overlay.ruler();
  if (view.side >= BORDER_FROM) overlay.largeCells();
  for (const vmid of view.changed) overlay.box(vmid, overlay.ink, 1, 0);
  overlay.rings(violations(view.cells));
  if (view.hovered !== null) overlay.crosshair(view.hovered);
  if (view.selected !== null) overlay.box(view.selected, overlay.ink, 2, 2);
}

class Overlay {
  /** @param {CanvasRenderingContext2D} context @param {MapView} view
   * @param {Palette} palette @param {ThemeName} theme */
  constructor(context, view, palette, theme) {
    this.context = context;
    this.view = view;
    this.palette = palette;
    this.theme = theme;
    this.page = palette.page[theme];
    this.ink = palette.ink[theme];
    this.quiet = palette.quiet[theme];
    this.rule = palette.rule[theme];
  }

  /** @param {number} vmid */
  square(vmid) {
    const { shape, side, gutter } = this.view;
    const { column, row } = placeOf(vmid, shape);
    return { x: gutter + column * side, y: row * side, side };
  }

  ruler() {
    const { context, view } = this;
    const width = view.shape.columns * view.side;
    context.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const { row, length, label } of rulerTicks(view.shape)) {
      const y = Math.round(row * view.side) + 0.5;
      const reach = length === "short" ? 4 : 8;
      context.strokeStyle = length === "short" ? this.rule : this.quiet;
      context.beginPath();
      context.moveTo(view.gutter - 2 - reach, y);
      context.lineTo(view.gutter - 2, y);
      context.stroke();
      if (length === "line" && view.side < BORDER_FROM) this.lineAcross(y, width);
      context.fillStyle = this.quiet;
      const below = Math.max(6, Math.min(view.side / 2, 32));
      if (label)
        context.fillText(label, view.gutter - 12, y + (row === 0 ? Math.max(6, below) : below));
    }
  }

  /** @param {number} y @param {number} width */
  lineAcross(y, width) {
    const { context } = this;
    context.save();
    context.globalAlpha = 0.55;
    context.strokeStyle = this.rule;
    context.beginPath();
    context.moveTo(this.view.gutter, y);
    context.lineTo(this.view.gutter + width, y);
    context.stroke();
    context.restore();
  }

  /** Cells that have room for a border; from 16 px with everything a cell can show. */
  largeCells() {
    const { context, view, palette, theme } = this;
    const pen = new CellPen(context, palette, theme);
    if (view.side >= GLYPH_FROM) {
      view.cells.forEach((byte, vmid) =>
        pen.draw(this.square(vmid), byte, vmid, view.ownerOf(vmid)),
      );
    }
    const { columns, rows } = view.shape;
    context.strokeStyle = this.page;
    context.lineWidth = view.side >= GLYPH_FROM ? 2 : 1;
    context.beginPath();
    for (let column = 0; column <= columns; column += 1) {
      const x = view.gutter + column * view.side;
      context.moveTo(x, 0);
      context.lineTo(x, rows * view.side);
    }
    for (let row = 0; row <= rows; row += 1) {
      context.moveTo(view.gutter, row * view.side);
      context.lineTo(view.gutter + columns * view.side, row * view.side);
    }
    context.stroke();
    this.frames(view.cells);
  }

  /** A thin frame round free cells: they hardly differ from the page otherwise.
   * @param {Uint8Array} cells */
  frames(cells) {
    if (this.view.side < GLYPH_FROM) return;
    const { context } = this;
    context.strokeStyle = this.rule;
    context.lineWidth = 1;
    cells.forEach((byte, vmid) => {
      if (!isFree(byte)) return;
      const { x, y, side } = this.square(vmid);
      context.strokeRect(x + 1.5, y + 1.5, side - 3, side - 3);
    });
  }

  /** Rings that no neighbour's colour can hide. Layer by layer, so that rings close together do not
   * hide one another. @param {number[]} vmids */
  rings(vmids) {
    const { theme, palette, view } = this;
    const wrong = palette.states[theme].violation;
    if (view.side >= GLYPH_FROM) {
      for (const vmid of vmids) this.box(vmid, this.ink, 2, -1);
      for (const vmid of vmids) this.box(vmid, wrong, 2, 1);
      return;
    }
    for (const vmid of vmids) this.circle(vmid, this.page, 4);
    for (const vmid of vmids) this.circle(vmid, this.ink, 2);
    for (const vmid of vmids) this.dot(vmid, wrong);
  }

  /** @param {number} vmid @param {string} colour @param {number} width */
  circle(vmid, colour, width) {
    const { context } = this;
    const { x, y, side } = this.square(vmid);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.arc(x + side / 2, y + side / 2, Math.max(SMALLEST_RING, side * 2) / 2, 0, 2 * Math.PI);
    context.stroke();
  }

  /** @param {number} vmid @param {string} colour */
  dot(vmid, colour) {
    const { x, y, side } = this.square(vmid);
    const size = Math.max(side, 5);
    this.context.fillStyle = colour;
    this.context.fillRect(x + (side - size) / 2, y + (side - size) / 2, size, size);
  }

  /** A frame `outside` pixels off a cell; with a halo in the page's colour.
   * @param {number} vmid @param {string} colour @param {number} width @param {number} outside */
  box(vmid, colour, width, outside) {
    const { context } = this;
    const { x, y, side } = this.square(vmid);
    const grown = side + 2 * outside;
    context.strokeStyle = this.page;
    context.lineWidth = width + 2;
    context.strokeRect(x - outside, y - outside, grown, grown);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(x - outside, y - outside, grown, grown);
  }

  /** @param {number} vmid */
  crosshair(vmid) {
    const { context, view } = this;
    const { x, y, side } = this.square(vmid);
    context.save();
    context.globalAlpha = 0.35;
    context.strokeStyle = this.ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(view.gutter, y + side / 2);
    context.lineTo(view.gutter + view.shape.columns * side, y + side / 2);
    context.moveTo(x + side / 2, 0);
    context.lineTo(x + side / 2, view.shape.rows * side);
    context.stroke();
    context.restore();
    this.box(vmid, this.ink, 1, 1);
  }
}
