// @ts-check
// One cell of the map, large enough to carry more than a colour: hatch, glyph, number, owner.

import { inkOn } from "../common/palette.js";
import { isAliased, stateOf } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").ThemeName} ThemeName */
/** @typedef {{x: number, y: number, side: number}} Square in CSS pixels */

export const GLYPH_FROM = 16;
export const BORDER_FROM = 8;
const NUMBER_FROM = 26;
const OWNER_FROM = 48;
/** Numbers of free cells stand back; on the free colour this still is 4.5 to 1. */
const FREE_NUMBER_ALPHA = 0.62;
const FONT = "system-ui, sans-serif";

/** Draws cells with the palette of one theme. */
export class CellPen {
  /** @param {CanvasRenderingContext2D} context @param {Palette} palette @param {ThemeName} theme */
  constructor(context, palette, theme) {
    this.context = context;
    this.palette = palette;
    this.colours = palette.states[theme];
    this.page = palette.page[theme];
  }

  /** Colour, hatch and glyph; from 26 px the number; from 48 px whose it is.
   * @param {Square} square @param {number} byte @param {number} vmid @param {string} owner */
  draw(square, byte, vmid, owner) {
    const { context } = this;
    const state = stateOf(byte);
    const { x, y, side } = square;
    context.fillStyle = this.colours[state];
    context.fillRect(x, y, side, side);
    if (side < GLYPH_FROM) return;
    const ink = inkOn(this.colours[state]);
    if (this.palette.hatched.includes(state)) this.hatch(square, ink);
    context.fillStyle = ink;
    if (side >= NUMBER_FROM) {
      context.globalAlpha = state === "free" ? FREE_NUMBER_ALPHA : 1;
      this.number(square, vmid, owner);
      context.globalAlpha = 1;
    }
    this.glyph(square, this.palette.glyphs[state] ?? "");
    if (isAliased(byte)) this.corner(square);
  }

  /** @param {Square} square @param {string} ink */
  hatch({ x, y, side }, ink) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(x, y, side, side);
    context.clip();
    context.globalAlpha = side >= NUMBER_FROM ? 0.28 : 0.45;
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    for (let offset = -side; offset < side; offset += 5) {
      context.moveTo(x + offset, y + side);
      context.lineTo(x + offset + side, y);
    }
    context.stroke();
    context.restore();
  }

  /** @param {Square} square @param {string} glyph */
  glyph({ x, y, side }, glyph) {
    if (!glyph) return;
    const { context } = this;
    const beside = side >= NUMBER_FROM;
    const size = beside ? Math.max(9, side * 0.22) : side * 0.62;
    context.font = `700 ${size}px ${FONT}`;
    context.textAlign = beside ? "right" : "center";
    context.textBaseline = beside ? "top" : "middle";
    if (beside) context.fillText(glyph, x + side - 6, y + 6);
    else context.fillText(glyph, x + side / 2, y + side / 2 + 1);
  }

  /** @param {Square} square @param {number} vmid @param {string} owner */
  number({ x, y, side }, vmid, owner) {
    const { context } = this;
    const withOwner = side >= OWNER_FROM && owner !== "";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.font = `600 ${Math.min(16, Math.max(9, side * 0.3))}px ${FONT}`;
    context.fillText(String(vmid), x + side / 2, y + side * (withOwner ? 0.42 : 0.56));
    if (!withOwner) return;
    context.font = `${Math.max(9, side * 0.18)}px ${FONT}`;
    context.fillText(owner, x + side / 2, y + side * 0.76, side - 6);
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
