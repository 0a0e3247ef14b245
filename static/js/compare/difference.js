// @ts-check
// Which VMIDs are taken (or stale, …) in A only, in B only, in both, in neither.

import { isFree, isViolation, stateOf } from "../map/vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").StateName} StateName */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {import("./compare-address.js").Of} Of */
/** @typedef {"neither"|"a_only"|"b_only"|"both"|"unlike"} Class */

/** @type {readonly Class[]} */
export const CLASSES = ["neither", "a_only", "b_only", "both", "unlike"];

/** @type {Record<Class, string>} */
export const CLASS_NAMES = {
  neither: "neither",
  a_only: "A only",
  b_only: "B only",
  both: "both, alike",
  unlike: "both, in different states",
};

/** The map's painter knows states, so each class borrows the place of one: none that it rings, and
 * free, which it draws quietly, for neither. @type {Record<Class, StateName>} */
const PLACES = {
  neither: "free",
  a_only: "assigned",
  b_only: "stale",
  both: "reserved",
  unlike: "running",
};
/** Bytes of those states. @type {Record<Class, number>} */
const BYTES = { neither: 0, a_only: 3, b_only: 1, both: 5, unlike: 4 };
const GLYPHS = { assigned: "A", stale: "B", reserved: "=", running: "≠" };

/** @param {number} byte @param {Of} of */
function holds(byte, of) {
  if (of === "taken") return !isFree(byte);
  return of === "violation" ? isViolation(byte) : stateOf(byte) === of;
}

/** @param {number} a @param {number} b bytes of one VMID @param {Of} of @returns {Class} */
export function classOf(a, b, of) {
  if (!holds(b, of)) return holds(a, of) ? "a_only" : "neither";
  if (!holds(a, of)) return "b_only";
  return stateOf(a) === stateOf(b) ? "both" : "unlike";
}

/** The class of each VMID, as the bytes that the map's painter draws it by. A map of 14 bits is
 * drawn anew many times a second, so every pair of bytes is looked up in a table.
 * @param {Uint8Array} a @param {Uint8Array} b @param {Of} of */
export function classCells(a, b, of) {
  const table = tableOf(of);
  const cells = new Uint8Array(a.length);
  for (let vmid = 0; vmid < a.length; vmid += 1) {
    cells[vmid] = table[((a[vmid] ?? 0) << 8) | (b[vmid] ?? 0)] ?? 0;
  }
  return cells;
}

/** Class bytes by both bytes of a VMID, made once. @type {Map<Of, Uint8Array>} */
const TABLES = new Map();

/** @param {Of} of */
function tableOf(of) {
  const known = TABLES.get(of);
  if (known) return known;
  const made = new Uint8Array(1 << 16);
  for (let pair = 0; pair < made.length; pair += 1) {
    made[pair] = BYTES[classOf(pair >> 8, pair & 0xff, of)];
  }
  TABLES.set(of, made);
  return made;
}

/** How many VMIDs are in each class. @param {Uint8Array} cells as `classCells` made them
 * @returns {Record<Class, number>} */
export function classCounts(cells) {
  const counts = new Array(8).fill(0);
  for (const byte of cells) counts[byte] += 1;
  const pairs = CLASSES.map((one) => [one, counts[BYTES[one]]]);
  return /** @type {Record<Class, number>} */ (Object.fromEntries(pairs));
}

/** Runs of VMIDs with equal states on both sides: [first, length, state in A, state in B, class].
 * @param {Uint8Array} a @param {Uint8Array} b @param {Of} of
 * @returns {[number, number, StateName, StateName, Class][]} */
export function differenceRuns(a, b, of) {
  /** @type {[number, number, StateName, StateName, Class][]} */
  const found = [];
  a.forEach((byte, vmid) => {
    const other = b[vmid] ?? 0;
    const [one, two] = [stateOf(byte), stateOf(other)];
    const last = found.at(-1);
    if (last && last[2] === one && last[3] === two) last[1] += 1;
    else found.push([vmid, 1, one, two, classOf(byte, other, of)]);
  });
  return found;
}

/** The palette with the classes' colours, letters and hatch in the places they borrow.
 * @param {Palette} palette @returns {Palette} */
export function differencePalette(palette) {
  const themes = /** @type {ThemeName[]} */ (Object.keys(palette.states));
  const states = themes.map((theme) => {
    const colours = palette.difference[theme];
    const placed = CLASSES.map((one) => [PLACES[one], colours[one]]);
    return [theme, { ...palette.states[theme], ...Object.fromEntries(placed) }];
  });
  return { ...palette, states: Object.fromEntries(states), glyphs: GLYPHS, hatched: ["stale"] };
}
