// @ts-check
// What the map's colours stand for: state, owner, generation or age. A cell's class is a small
// number; colours, words and counts go by class.

import { hueOf, rgb } from "../common/palette.js";
import { STATES } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {"state"|"owner"|"generation"|"age"} Show */

/** @type {readonly Show[]} */
export const SHOWS = ["state", "owner", "generation", "age"];

/** Ages in nanoseconds at which the next class begins: decades from a millisecond on. */
const AGE_STEPS = [1e6, 1e7, 1e8, 1e9, 1e10, 1e11];
const AGES = ["under 1 ms", "1–10 ms", "10–100 ms", "0.1–1 s", "1–10 s", "10–100 s", "100 s or more"];
const HUES = 8;
/** The number of every VMID where the policy has no generations. */
export const NO_GENERATIONS = -2;

/** The names of the classes, by class. @type {Record<Show, readonly string[]>} */
export const CLASSES = {
  state: STATES,
  owner: ["nobody", ...Array.from({ length: HUES }, (_, hue) => `hue ${hue}`)],
  generation: ["never given out", "current", "1 behind", "2 or more behind"],
  age: ["never", ...AGES],
};

/** The class of each VMID. `values` are the server's numbers, which a map of states does not need.
 * @param {Show} show @param {Uint8Array} cells @param {Float64Array} values */
export function classesOf(show, cells, values) {
  const classes = new Uint8Array(cells.length);
  for (let vmid = 0; vmid < classes.length; vmid += 1) {
    classes[vmid] = classOf(show, cells[vmid] ?? 0, values[vmid] ?? -1);
  }
  return classes;
}

/** @param {Show} show @param {number} byte @param {number} value */
function classOf(show, byte, value) {
  if (show === "state") return byte & 0x07;
  if (value < 0) return 0;
  if (show === "owner") return 1 + hueOf(value);
  if (show === "generation") return 1 + Math.min(value, 2);
  let step = 0;
  while (step < AGE_STEPS.length && value >= (AGE_STEPS[step] ?? 0)) step += 1;
  return 1 + step;
}

/** The colour of each class. @param {Show} show @param {Palette} palette @param {ThemeName} theme */
export function coloursOf(show, palette, theme) {
  const { ramp, states, domains } = palette;
  const [none, steps] = [states[theme].free, ramp[theme]];
  if (show === "state") return STATES.map((state) => states[theme][state]);
  if (show === "owner") return [none, ...domains[theme]];
  if (show === "age") return [none, ...steps];
  return [none, ...[0, 3, 6].map((step) => steps[step] ?? none)];
}

/** How much of a cell's colour is left where others are to stand out. */
const LEFT = 0.22;

/** Pixels of the classes in the byte order of an ImageData: as they are, and stepping back.
 * @param {readonly string[]} colours @param {string} page */
export function pixelsOf(colours, page) {
  const bytes = new Uint8ClampedArray(colours.length * 8);
  const ground = rgb(page);
  colours.forEach((colour, index) => {
    const full = rgb(colour);
    const faint = full.map((part, at) => part * LEFT + (ground[at] ?? 0) * (1 - LEFT));
    bytes.set([...full, 255], index * 4);
    bytes.set([...faint, 255], (colours.length + index) * 4);
  });
  return new Uint32Array(bytes.buffer);
}

/** A VMID's number in words: "generation 2 behind", "age 3 ms"; "" for states, and for generations
 * under a policy without.
 * @param {Show} show @param {number} value @param {(ns: number) => string} duration */
export function valueText(show, value, duration) {
  if (show === "owner") return value < 0 ? "nobody" : `domain ${value}`;
  if (show === "age") return value < 0 ? "never" : duration(value);
  if (show === "state") return "";
  if (value === NO_GENERATIONS) return "";
  if (value < 0) return "never given out";
  return value === 0 ? "current" : `${value} behind`;
}

/** What the shown numbers are, for the legend.
 * @param {Show} show @param {string} where @param {boolean} none are there none to show? */
export function showText(show, where, none = false) {
  if (none) return "This policy has no generations.";
  if (show === "generation")
    return `The generation a VMID was last given out in, behind the current one on ${where}.`;
  if (show === "age")
    return `Machine time since a VMID was last given out, or covered by an HFENCE.GVMA without address, on ${where}.`;
  if (show === "owner") return "Domains in eight hues by number; hatch and glyph still say the state.";
  return "";
}
