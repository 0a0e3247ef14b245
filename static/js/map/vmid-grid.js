// @ts-check
// Where each VMID lies on the map, from VMIDLEN alone. No drawing here.

/** @typedef {{columns: number, rows: number}} Shape */
/** @typedef {{row: number, length: "short"|"long"|"line", label: string|null}} Tick */

const LARGEST_CELL = 64;
const ONE_ROW_UP_TO_BITS = 3;
const TICK_VMIDS = 256;
const LABEL_VMIDS = 1024;
const LINE_VMIDS = 2048;

/** The grid: 6 bits are 8×8, 7 bits 16×8, 14 bits 128×128; up to 3 bits one row.
 * @param {number} vmidlen @returns {Shape} */
export function shapeOf(vmidlen) {
  const across = vmidlen <= ONE_ROW_UP_TO_BITS ? vmidlen : Math.ceil(vmidlen / 2);
  return { columns: 2 ** across, rows: 2 ** (vmidlen - across) };
}

/** VMIDLEN of a map with this many cells. @param {number} size */
export function vmidlenOf(size) {
  return Math.round(Math.log2(size));
}

/** Side of a cell in CSS pixels: as large as fits, a whole number of device pixels.
 * @param {Shape} shape @param {number} width @param {number} height @param {number} ratio */
export function cellSide(shape, width, height, ratio) {
  const fits = Math.min(width / shape.columns, height / shape.rows, LARGEST_CELL);
  return Math.max(1, Math.floor(fits * ratio)) / ratio;
}

/** @param {number} vmid @param {Shape} shape */
export function placeOf(vmid, shape) {
  return { column: vmid % shape.columns, row: Math.floor(vmid / shape.columns) };
}

/** The VMID under a point, in CSS pixels from the grid's corner; null outside.
 * @param {number} x @param {number} y @param {number} side @param {Shape} shape */
export function vmidAt(x, y, side, shape) {
  const column = Math.floor(x / side);
  const row = Math.floor(y / side);
  const inside = column >= 0 && row >= 0 && column < shape.columns && row < shape.rows;
  return inside ? row * shape.columns + column : null;
}

const PAGE_ROWS = 8;

/** Where a key of the ARIA grid pattern leads; null for a key that does not move.
 * @param {number} vmid @param {string} key @param {boolean} ctrl @param {Shape} shape */
export function moved(vmid, key, ctrl, shape) {
  const { columns, rows } = shape;
  const size = columns * rows;
  const { column, row } = placeOf(vmid, shape);
  /** @type {Record<string, number>} */
  const targets = {
    ArrowLeft: column > 0 ? vmid - 1 : vmid,
    ArrowRight: column < columns - 1 ? vmid + 1 : vmid,
    ArrowUp: row > 0 ? vmid - columns : vmid,
    ArrowDown: row < rows - 1 ? vmid + columns : vmid,
    PageUp: Math.max(0, row - PAGE_ROWS) * columns + column,
    PageDown: Math.min(rows - 1, row + PAGE_ROWS) * columns + column,
    Home: ctrl ? 0 : row * columns,
    End: ctrl ? size - 1 : (row + 1) * columns - 1,
  };
  return targets[key] ?? null;
}

/** The ruler at the left edge. Large maps: a tick each 256 VMIDs, a number each 1,024 and a line
 * across each 2,048; small ones: a number a row.
 * @param {Shape} shape @returns {Tick[]} */
export function rulerTicks(shape) {
  const { columns, rows } = shape;
  /** @type {Tick[]} */
  const ticks = [];
  const crowded = columns * rows > TICK_VMIDS;
  const every = crowded ? Math.max(columns, TICK_VMIDS) : columns;
  for (let vmid = 0; vmid < columns * rows; vmid += every) {
    const labelled = !crowded || rows * columns <= LABEL_VMIDS || vmid % LABEL_VMIDS === 0;
    const line = crowded && vmid > 0 && vmid % LINE_VMIDS === 0;
    const length = line ? "line" : labelled ? "long" : "short";
    const label = labelled ? vmid.toString(16).toUpperCase().padStart(4, "0") : null;
    ticks.push({ row: vmid / columns, length, label });
  }
  return ticks;
}

/** Rows on a zoomed map get a number where it has this much room, in CSS pixels. */
const NUMBER_ROOM = 18;

/** The ruler of a zoomed map: numbers at rows a power of two apart, from row `top` to `bottom`; each
 * is the VMID in column `left`.
 * @param {Shape} shape @param {number} side @param {number} top @param {number} bottom
 * @param {number} left @returns {Tick[]} */
export function zoomedTicks(shape, side, top, bottom, left) {
  let step = 1;
  while (step * side < NUMBER_ROOM) step *= 2;
  /** @type {Tick[]} */
  const ticks = [];
  for (let row = Math.ceil(top / step) * step; row < bottom; row += step) {
    const label = (row * shape.columns + left).toString(16).toUpperCase().padStart(4, "0");
    ticks.push({ row, length: "long", label });
  }
  return ticks;
}

const LENS_CELLS = 13;

/** First column and row of the window of at most 13×13 cells around a VMID, and its extent.
 * @param {number} vmid @param {Shape} shape */
export function lensWindow(vmid, shape) {
  const { column, row } = placeOf(vmid, shape);
  const columns = Math.min(LENS_CELLS, shape.columns);
  const rows = Math.min(LENS_CELLS, shape.rows);
  const centred = (
    /** @type {number} */ at,
    /** @type {number} */ size,
    /** @type {number} */ all,
  ) => Math.max(0, Math.min(all - size, at - Math.floor(size / 2)));
  return {
    column: centred(column, columns, shape.columns),
    row: centred(row, rows, shape.rows),
    columns,
    rows,
  };
}
