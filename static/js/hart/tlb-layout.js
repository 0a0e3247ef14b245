// @ts-check
// Where the places of a TLB lie on its picture. No drawing here.

/** @typedef {{sets: number, ways: number}} Geometry */
/** @typedef {{columns: number, rows: number, first: number, wrapped: boolean, ways: number}} Layout */

/** Sets beside each other; more come in windows. */
const [MANY, FEW] = [64, 16];
/** Narrower squares are hard to hit. */
const NARROWEST = 10;
/** A TLB of one set is laid out in rows of this many ways. */
const WRAP = 16;

/** How many sets are beside each other: 64, or 16 where squares would be too narrow to be hit.
 * @param {number} width @returns {number} */
export function windowOf(width) {
  return width >= MANY * NARROWEST ? MANY : FEW;
}

/** Sets from left to right and ways from top to bottom; one set alone in rows of 16 ways.
 * @param {Geometry} geometry @param {number} first set of the window
 * @param {number} [window] sets beside each other @returns {Layout} */
export function layoutOf({ sets, ways }, first, window = MANY) {
  if (sets === 1) {
    const columns = Math.min(WRAP, ways);
    return { columns, rows: Math.ceil(ways / columns), first: 0, wrapped: true, ways };
  }
  return { columns: Math.min(window, sets - first), rows: ways, first, wrapped: false, ways };
}

/** The set and way at an index (row by row); null where a last row ends early.
 * @param {number} index @param {Layout} layout */
export function placeAt(index, { columns, first, wrapped, ways }) {
  if (wrapped) return index < ways ? { set: 0, way: index } : null;
  return { set: first + (index % columns), way: Math.floor(index / columns) };
}

/** The index of a place; null outside the window.
 * @param {number} set @param {number} way @param {Layout} layout */
export function indexOf(set, way, { columns, rows, first, wrapped }) {
  if (wrapped) return way;
  const column = set - first;
  return column >= 0 && column < columns && way < rows ? way * columns + column : null;
}

/** "combined/3/1" as its parts; null where it is none. @param {string} text */
export function parseEntry(text) {
  const parts = /^([A-Za-z-]+)\/(\d+)\/(\d+)$/.exec(text);
  return parts && { structure: parts[1] ?? "", set: Number(parts[2]), way: Number(parts[3]) };
}
