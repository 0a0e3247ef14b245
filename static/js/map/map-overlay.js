// @ts-check
// What lies over the map's colours: ruler, large cells, rings, outlines, selection.

import { BORDER_FROM, CellPen, GLYPH_FROM } from "./cell-drawing.js";
import { firstWhole, isWhole, visible } from "./map-camera.js";
import { placeOf, rulerTicks, zoomedTicks } from "./vmid-grid.js";
import { isFree, isInHgatp, violations } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {import("./map-camera.js").Camera} Camera */
/** @typedef {import("./vmid-grid.js").Shape} Shape */

/**
 * @typedef {object} MapView
 * @property {Uint8Array} cells
 * @property {Shape} shape
 * @property {number} fit side of a cell of the whole grid
 * @property {Camera} camera
 * @property {number} gutter width left of the grid, for the ruler
 * @property {number|null} selected
 * @property {number|null} hovered
 * @property {readonly number[]} changed since the last single step
 * @property {readonly number[]} outlined that stand out by a solid outline
 * @property {readonly number[]} differing that stand out by a dashed outline
 * @property {(vmid: number) => string} colourOf of a cell
 * @property {(vmid: number) => string} textOf what stands below a cell's number, or ""
 */

const SMALLEST_RING = 12;
/** Room for rings at the edge of the grid. */
const OUTSIDE = 8;

/** Draws everything above the state layer, once.
 * @param {CanvasRenderingContext2D} context @param {MapView} view
 * @param {Palette} palette @param {ThemeName} theme */
export function drawOverlay(context, view, palette, theme) {
  const overlay = new Overlay(context, view, palette, theme);
  const { columns, rows } = view.shape;
  overlay.ruler();
  context.save();
  context.beginPath();
  context.rect(
    view.gutter - OUTSIDE,
    -OUTSIDE,
    columns * view.fit + 2 * OUTSIDE,
    rows * view.fit + 2 * OUTSIDE,
  );
  context.clip();
  if (overlay.side >= BORDER_FROM) overlay.largeCells();
  overlay.outlines(view.outlined, []);
  overlay.outlines(view.differing, [3, 2]);
  for (const vmid of view.changed) overlay.box(vmid, overlay.ink, 1, 0);
  overlay.rings(violations(view.cells));
  if (view.hovered !== null) overlay.crosshair(view.hovered);
  if (view.selected !== null) overlay.box(view.selected, overlay.ink, 2, 2);
  context.restore();
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
    this.side = view.camera.side;
    this.seen = visible(view.camera, view);
  }

  /** @param {number} vmid */
  square(vmid) {
    const { shape, camera, gutter } = this.view;
    const { column, row } = placeOf(vmid, shape);
    const { side } = camera;
    return { x: gutter + camera.x + column * side, y: camera.y + row * side, side };
  }

  /** Every VMID of which something is seen. @param {(vmid: number) => void} visit */
  each(visit) {
    const { left, right, top, bottom } = this.seen;
    for (let row = top; row < bottom; row += 1) {
      for (let column = left; column < right; column += 1) {
        visit(row * this.view.shape.columns + column);
      }
    }
  }

  ticks() {
    const { shape, fit, camera } = this.view;
    if (this.side <= fit) return rulerTicks(shape);
    const { top, bottom } = this.seen;
    return zoomedTicks(shape, this.side, top, bottom, firstWhole(camera));
  }

  ruler() {
    const { context, view } = this;
    const width = view.shape.columns * view.fit;
    context.font = "11px ui-monospace, 'DejaVu Sans Mono', monospace";
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.lineWidth = 1;
    for (const { row, length, label } of this.ticks()) {
      const y = Math.round(view.camera.y + row * this.side) + 0.5;
      if (y < 0) continue;
      const reach = length === "short" ? 4 : 8;
      context.strokeStyle = length === "short" ? this.rule : this.quiet;
      context.beginPath();
      context.moveTo(view.gutter - 2 - reach, y);
      context.lineTo(view.gutter - 2, y);
      context.stroke();
      if (length === "line" && this.side < BORDER_FROM) this.lineAcross(y, width);
      context.fillStyle = this.quiet;
      const below = Math.max(6, Math.min(this.side / 2, 32));
      if (label) context.fillText(label, view.gutter - 12, y + below);
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
    const { context, view } = this;
    const pen = new CellPen(context, this.palette, this.theme);
    if (this.side >= GLYPH_FROM) {
      this.each((vmid) =>
        pen.details(
          this.square(vmid),
          view.cells[vmid] ?? 0,
          isWhole(vmid, view.camera, view) ? vmid : null,
          view.textOf(vmid),
          view.colourOf(vmid),
        ),
      );
    }
    this.borders();
    if (this.side >= GLYPH_FROM) this.frames();
  }

  borders() {
    const { context, view } = this;
    const { left, right, top, bottom } = this.seen;
    const { columns, rows } = view.shape;
    const [width, height] = [columns * view.fit, rows * view.fit];
    context.strokeStyle = this.page;
    context.lineWidth = this.side >= GLYPH_FROM ? 2 : 1;
    context.beginPath();
    for (let column = left; column <= right; column += 1) {
      const x = view.gutter + view.camera.x + column * this.side;
      context.moveTo(x, 0);
      context.lineTo(x, height);
    }
    for (let row = top; row <= bottom; row += 1) {
      const y = view.camera.y + row * this.side;
      context.moveTo(view.gutter, y);
      context.lineTo(view.gutter + width, y);
    }
    context.stroke();
  }

  /** A thin frame round free cells: they hardly differ from the page otherwise. */
  frames() {
    const { context, view } = this;
    context.strokeStyle = this.rule;
    context.lineWidth = 1;
    context.beginPath();
    this.each((vmid) => {
      if (!isFree(view.cells[vmid] ?? 0)) return;
      const { x, y, side } = this.square(vmid);
      context.rect(x + 1.5, y + 1.5, side - 3, side - 3);
    });
    context.stroke();
  }

  /** One path for all: there may be thousands. @param {readonly number[]} vmids @param {number[]} dash */
  outlines(vmids, dash) {
    if (!vmids.length) return;
    const { context } = this;
    context.save();
    context.setLineDash(this.side >= BORDER_FROM ? dash : []);
    context.strokeStyle = this.ink;
    context.lineWidth = this.side >= GLYPH_FROM ? 2 : 1;
    context.beginPath();
    for (const vmid of vmids) {
      const { x, y, side } = this.square(vmid);
      context.rect(x + 0.5, y + 0.5, side - 1, side - 1);
    }
    context.stroke();
    context.restore();
  }

  /** Rings that no neighbour's colour can hide. Layer by layer, so that rings close together do not
   * hide one another. @param {number[]} vmids */
  rings(vmids) {
    const { theme, palette, view } = this;
    const wrong = palette.states[theme].violation;
    if (this.side >= GLYPH_FROM) {
      for (const vmid of vmids) this.box(vmid, this.ink, 2, -1);
      for (const vmid of vmids) this.box(vmid, wrong, 2, 1);
      return;
    }
    for (const vmid of vmids) this.circle(vmid, this.page, 4);
    for (const vmid of vmids) this.circle(vmid, this.ink, 2);
    for (const vmid of vmids) this.dot(vmid, wrong, Math.max(this.side, 5));
    const running = vmids.filter((vmid) => isInHgatp(view.cells[vmid] ?? 0));
    const inner = Math.max(this.side / 2, 3);
    for (const vmid of running) this.dot(vmid, palette.states[theme].running, inner);
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

  /** A square in the middle of a cell.
   * @param {number} vmid @param {string} colour @param {number} size */
  dot(vmid, colour, size) {
    const { x, y, side } = this.square(vmid);
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
    context.lineTo(view.gutter + view.shape.columns * view.fit, y + side / 2);
    context.moveTo(x + side / 2, 0);
    context.lineTo(x + side / 2, view.shape.rows * view.fit);
    context.stroke();
    context.restore();
    this.box(vmid, this.ink, 1, 1);
  }
}
