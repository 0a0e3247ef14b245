// @ts-check
// Lanes that are out of sight, and the one of the selected hart brought in sight.

import { placeOfHart } from "./lanes-hit.js";
import { AXIS, FOOT } from "./lanes-layout.js";
import { topOf } from "./scene.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** Scroll as little as shows a lane. @param {HTMLElement} box @param {Scene} scene
 * @param {number} place */
export function scrollTo(box, scene, place) {
  const top = topOf(scene, place) - AXIS;
  if (top < 0) box.scrollTop += top;
  const over = top + scene.rows.pitch - (scene.height - AXIS - FOOT);
  if (over > 0) box.scrollTop += over;
}

/** Shows the lane of a hart that was chosen, once: then the reader scrolls. */
export class HartSeeker {
  /** @param {HTMLElement} box @param {number|null|undefined} hart */
  constructor(box, hart) {
    this.box = box;
    this.hart = hart ?? null;
  }

  /** @param {Scene|null} scene */
  show(scene) {
    const place = scene && this.hart !== null ? placeOfHart(scene.lanes, this.hart) : null;
    if (!scene || place === null) return;
    this.hart = null;
    scrollTo(this.box, scene, place);
  }
}
