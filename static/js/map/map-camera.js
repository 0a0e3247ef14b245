// @ts-check
// Which part of the map is seen: the side of a cell, and where the grid's corner lies. No drawing.

import { placeOf } from "./vmid-grid.js";

/** @typedef {import("./vmid-grid.js").Shape} Shape */

/**
 * The grid's left upper corner is at (x, y) of a window that is as large as the fitted grid; CSS pixels.
 * @typedef {{side: number, x: number, y: number}} Camera
 */

/** @typedef {{shape: Shape, fit: number}} Frame `fit` is the side at which the whole grid is seen. */

/** Cells are never larger, unless the whole grid fits with larger ones. */
export const LARGEST_SIDE = 96;
/** A cell is seen whole though less than this is cut off. */
const SLACK_PX = 0.5;

/** The whole grid. @param {Frame} frame @returns {Camera} */
export function fitted({ fit }) {
  return { side: fit, x: 0, y: 0 };
}

/** Is the whole grid seen? @param {Camera} camera @param {Frame} frame */
export function isFitted(camera, { fit }) {
  return camera.side <= fit;
}

/** The same, without sides too small or large and without space beside the grid.
 * @param {Camera} camera @param {Frame} frame @returns {Camera} */
export function clamped(camera, { shape, fit }) {
  const side = Math.min(Math.max(camera.side, fit), Math.max(fit, LARGEST_SIDE));
  const least = (/** @type {number} */ cells) => cells * (fit - side);
  return {
    side,
    x: Math.min(0, Math.max(least(shape.columns), camera.x)),
    y: Math.min(0, Math.max(least(shape.rows), camera.y)),
  };
}

/** Larger by `factor`; what is under the point stays there.
 * @param {Camera} camera @param {number} factor @param {number} atX @param {number} atY
 * @param {Frame} frame */
export function zoomed(camera, factor, atX, atY, frame) {
  const { side } = clamped({ ...camera, side: camera.side * factor }, frame);
  const grown = side / camera.side;
  const [x, y] = [atX - (atX - camera.x) * grown, atY - (atY - camera.y) * grown];
  return clamped({ side, x, y }, frame);
}

/** @param {Camera} camera @param {number} byX @param {number} byY @param {Frame} frame */
export function panned(camera, byX, byY, frame) {
  return clamped({ ...camera, x: camera.x + byX, y: camera.y + byY }, frame);
}

/** With a VMID in the middle, as far as the edges allow.
 * @param {Camera} camera @param {number} vmid @param {Frame} frame */
export function centred(camera, vmid, frame) {
  const { column, row } = placeOf(vmid, frame.shape);
  const { columns, rows } = frame.shape;
  const x = (columns * frame.fit) / 2 - (column + 0.5) * camera.side;
  const y = (rows * frame.fit) / 2 - (row + 0.5) * camera.side;
  return clamped({ side: camera.side, x, y }, frame);
}

/** With a VMID in the window: the same where it is there already.
 * @param {Camera} camera @param {number} vmid @param {Frame} frame */
export function revealing(camera, vmid, frame) {
  return isWhole(vmid, camera, frame) ? camera : centred(camera, vmid, frame);
}

/** Is all of a cell seen? @param {number} vmid @param {Camera} camera @param {Frame} frame */
export function isWhole(vmid, { side, x, y }, { shape, fit }) {
  const { column, row } = placeOf(vmid, shape);
  const inside = (/** @type {number} */ at, /** @type {number} */ cell, /** @type {number} */ all) =>
    at + cell * side >= -SLACK_PX && at + (cell + 1) * side <= all * fit + SLACK_PX;
  return inside(x, column, shape.columns) && inside(y, row, shape.rows);
}

/** The first column of which all is seen. @param {Camera} camera */
export function firstWhole({ side, x }) {
  return Math.ceil((-x - SLACK_PX) / side);
}

/** The columns and rows of which something is seen; ends excluded.
 * @param {Camera} camera @param {Frame} frame */
export function visible({ side, x, y }, { shape, fit }) {
  const range = (/** @type {number} */ at, /** @type {number} */ cells) => [
    Math.max(0, Math.floor(-at / side + 1e-6)),
    Math.min(cells, Math.ceil((cells * fit - at) / side - 1e-6)),
  ];
  const [left = 0, right = 0] = range(x, shape.columns);
  const [top = 0, bottom = 0] = range(y, shape.rows);
  return { left, right, top, bottom };
}

/** The camera in an address: "4@5199" is four times the fitted side round VMID 5199; "" is the whole.
 * @param {Camera} camera @param {Frame} frame */
export function zoomText(camera, frame) {
  if (isFitted(camera, frame)) return "";
  const { left, right, top, bottom } = visible(camera, frame);
  const vmid = ((top + bottom) >> 1) * frame.shape.columns + ((left + right) >> 1);
  return `${Number((camera.side / frame.fit).toFixed(2))}@${vmid}`;
}

/** The camera that an address says; the whole grid where it says none.
 * @param {string} text @param {Frame} frame @returns {Camera} */
export function cameraOf(text, frame) {
  const parts = /^(\d+(?:\.\d+)?)@(\d+)$/.exec(text);
  const size = frame.shape.columns * frame.shape.rows;
  if (!parts || Number(parts[2]) >= size) return fitted(frame);
  return centred(
    { ...fitted(frame), side: Math.min(Number(parts[1]) * frame.fit, Math.max(frame.fit, LARGEST_SIDE)) },
    Number(parts[2]),
    frame,
  );
}
