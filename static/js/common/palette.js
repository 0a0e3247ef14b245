// @ts-check
// The data colours of static/palette.json, ready for a canvas.

import { STATES } from "../map/vmid-cells.js";

/** @typedef {import("./types.js").Palette} Palette */
/** @typedef {import("./types.js").StateName} StateName */
/** @typedef {import("./types.js").ThemeName} ThemeName */

/** @returns {Promise<Palette>} */
export async function loadPalette() {
  const response = await fetch(new URL("../../palette.json", import.meta.url));
  return response.json();
}

/** "#RRGGBB" as its three bytes. @param {string} colour @returns {[number, number, number]} */
export function rgb(colour) {
  const value = parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}

/** WCAG relative luminance, 0 to 1. @param {string} colour */
export function luminance(colour) {
  const [red, green, blue] = rgb(colour).map((byte) => {
    const part = byte / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

/** Black or white, whichever stands out more on a colour. @param {string} colour */
export function inkOn(colour) {
  const light = luminance(colour);
  return (light + 0.05) / 0.05 > 1.05 / (light + 0.05) ? "#000000" : "#FFFFFF";
}

/** Pixel of each of the 256 values of a map's byte, in the byte order of an ImageData.
 * @param {Palette} palette @param {ThemeName} theme */
export function pixelTable(palette, theme) {
  const bytes = new Uint8ClampedArray(256 * 4);
  for (let byte = 0; byte < 256; byte += 1) {
    const name = STATES[byte & 0x07] ?? "free";
    bytes.set([...rgb(palette.states[theme][name]), 255], byte * 4);
  }
  return new Uint32Array(bytes.buffer);
}

/** Which of the eight hues a domain has, everywhere: any eight domains in a row differ, and domains
 * that live at the same time mostly follow each other. @param {number} domain */
export function hueOf(domain) {
  return ((domain % 8) + 8) % 8;
}
