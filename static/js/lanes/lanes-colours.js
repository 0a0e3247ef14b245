// @ts-check
// The colours of the lanes in the theme in force, and the hatch of a fence.

import { inkOn } from "../common/palette.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */

const HATCH_PX = 5;

/**
 * @typedef {object} LaneColours
 * @property {string} page
 * @property {string} ink
 * @property {string} quiet
 * @property {string} rule
 * @property {string} idle
 * @property {string} running
 * @property {string} fence
 * @property {string} wrong
 * @property {string} onWrong
 * @property {string[]} hues
 * @property {string[]} onHue
 * @property {CanvasPattern|string} hatch
 */

/** @param {Palette} palette @param {ThemeName} theme @returns {LaneColours} */
export function laneColours(palette, theme) {
  const states = palette.states[theme];
  const hues = palette.domains[theme];
  return {
    page: palette.page[theme],
    ink: palette.ink[theme],
    quiet: palette.quiet[theme],
    rule: palette.rule[theme],
    idle: states.free,
    running: states.running,
    fence: states.flushing,
    wrong: states.violation,
    onWrong: inkOn(states.violation),
    hues,
    onHue: hues.map(inkOn),
    hatch: hatched(states.flushing, palette.ink[theme]),
  };
}

/** A fence's colour with diagonal lines, so that it is told by more than its colour.
 * @param {string} colour @param {string} line */
function hatched(colour, line) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = HATCH_PX;
  const context = tile.getContext("2d");
  if (!context) return colour;
  context.fillStyle = colour;
  context.fillRect(0, 0, HATCH_PX, HATCH_PX);
  context.strokeStyle = line;
  context.beginPath();
  for (const shift of [-HATCH_PX, 0, HATCH_PX]) {
    context.moveTo(shift, HATCH_PX);
    context.lineTo(shift + HATCH_PX, 0);
  }
  context.stroke();
  return context.createPattern(tile, "repeat") ?? colour;
}
