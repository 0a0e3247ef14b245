// @ts-check
// A window of 13×13 cells round one VMID, large enough for hatch and glyph.

import { CellPen } from "./cell-drawing.js";
import { currentTheme } from "../common/theme.js";
import { lensWindow } from "./vmid-grid.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("./vmid-grid.js").Shape} Shape */

const SIDE = 16;

/** Draw the window; the canvas takes its size.
 * @param {HTMLCanvasElement} canvas @param {Uint8Array} cells @param {Shape} shape
 * @param {number} vmid @param {Palette} palette */
export function drawLens(canvas, cells, shape, vmid, palette) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const theme = currentTheme();
  const ratio = window.devicePixelRatio || 1;
  const view = lensWindow(vmid, shape);
  const [width, height] = [view.columns * SIDE, view.rows * SIDE];
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  context.scale(ratio, ratio);
  const pen = new CellPen(context, palette, theme);
  for (let row = 0; row < view.rows; row += 1) {
    for (let column = 0; column < view.columns; column += 1) {
      const at = (view.row + row) * shape.columns + view.column + column;
      pen.draw({ x: column * SIDE, y: row * SIDE, side: SIDE }, cells[at] ?? 0, at, "");
    }
  }
  context.strokeStyle = palette.page[theme];
  context.lineWidth = 1;
  for (let line = 0; line <= Math.max(view.rows, view.columns); line += 1) {
    context.strokeRect(line * SIDE, -1, 0, height + 2);
    context.strokeRect(-1, line * SIDE, width + 2, 0);
  }
  const [x, y] = [
    ((vmid % shape.columns) - view.column) * SIDE,
    (Math.floor(vmid / shape.columns) - view.row) * SIDE,
  ];
  context.strokeStyle = palette.ink[theme];
  context.lineWidth = 2;
  context.strokeRect(x + 1, y + 1, SIDE - 2, SIDE - 2);
}
