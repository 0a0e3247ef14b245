// @ts-check
// One cell of the map, large enough to carry more than a colour: hatch, glyph, number, owner.

import { inkOn } from "../common/palette.js";
import { isAliased, isRunningWrong, stateOf } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {{x: number, y: number, side: number}} Square in CSS pixels */

export const GLYPH_FROM = 16;
export const BORDER_FROM = 8;
export const NUMBER_FROM = 26;
const TEXT_FROM = 40;
/** Numbers of free cells stand back; on the free colour this still is 4.5 to 1. */
const FREE_NUMBER_ALPHA = 0.62;

/** How much ink a cell's number gets: all of it but on the colour of free cells, which a free cell has
 * only where states are shown. @param {string} colour that the cell has @param {string} free */
export function numberAlpha(colour, free) {
  return colour === free ? FREE_NUMBER_ALPHA : 1;
}
const FONT = "system-ui, sans-serif";
const HATCH_STEP = 6;

/** Draws cells with the palette of one theme. */
export class CellPen {
  /** @param {CanvasRenderingContext2D} context @param {Palette} palette @param {ThemeName} theme */
  constructor(context, palette, theme) {
    this.context = context;
    this.palette = palette;
    this.colours = palette.states[theme];
    /** By ink. @type {Map<string, CanvasPattern|null>} */
    this.hatches = new Map();
  }

  /** The colour of the state, and what `details` draws.
   * @param {Square} square @param {number} byte @param {number} vmid @param {string} text */
  draw(square, byte, vmid, text) {
    const { x, y, side } = square;
    const colour = this.colours[stateOf(byte)];
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, side, side);
    if (side >= GLYPH_FROM) this.details(square, byte, vmid, text, colour);
  }

  /** Hatch and glyph of the state; from 26 px the number, from 40 px `text` below it.
   * @param {Square} square @param {number} byte @param {number|null} vmid null: no number, since a
   * number that is cut is another one @param {string} text
   * @param {string} colour that the cell has */
  details(square, byte, vmid, text, colour) {
    const { context } = this;
    const { x, y, side } = square;
    const state = stateOf(byte);
    const ink = inkOn(colour);
    if (this.palette.hatched.includes(state)) {
      context.fillStyle = this.hatch(ink) ?? ink;
      context.globalAlpha = side >= NUMBER_FROM ? 0.3 : 0.5;
      context.fillRect(x, y, side, side);
      context.globalAlpha = 1;
    }
    context.fillStyle = ink;
    if (side >= NUMBER_FROM && vmid !== null) {
      context.globalAlpha = numberAlpha(colour, this.colours.free);
      this.number(square, vmid, text);
      context.globalAlpha = 1;
    }
    const running = isRunningWrong(byte) ? (this.palette.glyphs.running ?? "") : "";
    this.glyph(square, (this.palette.glyphs[state] ?? "") + running);
    if (isAliased(byte)) this.corner(square);
  }

  /** Diagonal lines that go on from cell to cell. @param {string} ink */
  hatch(ink) {
    let pattern = this.hatches.get(ink);
    if (pattern !== undefined) return pattern;
    const tile = document.createElement("canvas");
    tile.width = tile.height = HATCH_STEP;
    const context = tile.getContext("2d");
    if (context) {
      context.strokeStyle = ink;
      context.beginPath();
      for (const offset of [-HATCH_STEP, 0, HATCH_STEP]) {
        context.moveTo(offset, HATCH_STEP);
        context.lineTo(offset + HATCH_STEP, 0);
      }
      context.stroke();
    }
    pattern = this.context.createPattern(tile, "repeat");
    this.hatches.set(ink, pattern);
    return pattern;
  }

  /** @param {Square} square @param {string} glyph */
  glyph({ x, y, side }, glyph) {
    if (!glyph) return;
    const { context } = this;
    const beside = side >= NUMBER_FROM;
    const size = beside ? Math.min(14, Math.max(9, side * 0.22)) : (side * 0.62) / Math.sqrt(glyph.length);
    context.font = `700 ${size}px ${FONT}`;
    context.textAlign = beside ? "right" : "center";
    context.textBaseline = beside ? "top" : "middle";
    if (beside) context.fillText(glyph, x + side - 5, y + 5);
    else context.fillText(glyph, x + side / 2, y + side / 2 + 1);
  }

  /** @param {Square} square @param {number} vmid @param {string} text */
  number({ x, y, side }, vmid, text) {
    const { context } = this;
    const withText = side >= TEXT_FROM && text !== "";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.min(16, Math.max(9, side * 0.28))}px ${FONT}`;
    context.fillText(String(vmid), x + side / 2, y + side * (withText ? 0.45 : 0.56));
    if (!withText) return;
    context.font = `${Math.min(12, Math.max(9, side * 0.18))}px ${FONT}`;
    context.fillText(text, x + side / 2, y + side * 0.78, side - 4);
  }

  /** A cut corner: owners share this cell. @param {Square} square */
  corner({ x, y, side }) {
    const { context } = this;
    const size = Math.max(5, side * 0.28);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.closePath();
    context.fill();
  }
}
