// @ts-check
// The VMID map on two canvases: one pixel a VMID below, everything else on the overlay above.

import { byId } from "../common/dom.js";
import { drawOverlay } from "./map-overlay.js";
import { pixelTable } from "../common/palette.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { changed } from "./vmid-cells.js";
import { cellSide, shapeOf, vmidAt, vmidlenOf } from "./vmid-grid.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").Owner} Owner */

/**
 * @typedef {object} MapHandlers
 * @property {(vmid: number) => void} onSelect
 * @property {(vmid: number|null) => void} onHover
 */

const TALLEST = 640;
/** A map lower than this leaves room for the inspector below it. */
const SMALL = 340;
const GUTTER = 56;
const MARGIN = 8;
const MOST_CHANGES = 256;

/** Draws the map and tells where the pointer is. */
export class VmidMap {
  /** @param {HTMLElement} frame @param {HTMLCanvasElement} states @param {HTMLCanvasElement} overlay
   * @param {Palette} palette @param {MapHandlers} handlers */
  constructor(frame, states, overlay, palette, handlers) {
    this.frame = frame;
    this.states = states;
    this.overlay = overlay;
    this.palette = palette;
    this.handlers = handlers;
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(1);
    this.shape = shapeOf(0);
    this.side = 1;
    /** @type {number[]} */
    this.changed = [];
    /** @type {number|null} */
    this.selected = null;
    /** @type {number|null} */
    this.hovered = null;
    /** @type {Record<string, Owner[]>} */
    this.owners = {};
    this.pending = false;
    this.pixels = pixelTable(palette, currentTheme());
    onThemeChange(() => {
      this.pixels = pixelTable(palette, currentTheme());
      this.repaint();
    });
    new ResizeObserver(() => this.layout()).observe(frame);
    this.listen();
  }

  listen() {
    const vmidOf = (/** @type {PointerEvent|MouseEvent} */ event) => {
      const box = this.states.getBoundingClientRect();
      return vmidAt(event.clientX - box.left, event.clientY - box.top, this.side, this.shape);
    };
    this.overlay.addEventListener("pointermove", (event) => this.hover(vmidOf(event)));
    this.overlay.addEventListener("pointerleave", () => this.hover(null));
    this.overlay.addEventListener("click", (event) => {
      const vmid = vmidOf(event);
      if (vmid !== null) this.handlers.onSelect(vmid);
    });
  }

  /** @param {number|null} vmid */
  hover(vmid) {
    if (vmid === this.hovered) return;
    this.hovered = vmid;
    this.handlers.onHover(vmid);
    this.repaint();
  }

  /** New bytes. `ring` marks those that changed, where that is few enough to be seen; the rings stay
   * until something else changes.
   * @param {Uint8Array} cells @param {boolean} ring */
  show(cells, ring) {
    const differing = ring ? changed(this.cells, cells) : [];
    if (!ring || differing.length > MOST_CHANGES) this.changed = [];
    else if (differing.length) this.changed = differing;
    const resized = cells.length !== this.cells.length;
    this.cells = cells;
    if (resized) this.layout();
    this.repaint();
  }

  /** @param {Record<string, Owner[]>} owners */
  showOwners(owners) {
    this.owners = owners;
    this.repaint();
  }

  /** @param {number|null} vmid */
  select(vmid) {
    this.selected = vmid;
    this.repaint();
  }

  layout() {
    const ratio = window.devicePixelRatio || 1;
    this.shape = shapeOf(vmidlenOf(this.cells.length));
    const width = this.frame.clientWidth - GUTTER - MARGIN;
    this.side = cellSide(this.shape, width, TALLEST, ratio);
    const { columns, rows } = this.shape;
    const [across, down] = [columns * this.side, rows * this.side];
    this.states.width = columns;
    this.states.height = rows;
    place(this.states, GUTTER, MARGIN, across, down);
    this.overlay.width = Math.round((GUTTER + across + MARGIN) * ratio);
    this.overlay.height = Math.round((down + 2 * MARGIN) * ratio);
    place(this.overlay, 0, 0, GUTTER + across + MARGIN, down + 2 * MARGIN);
    this.frame.style.height = `${down + 2 * MARGIN}px`;
    byId("overview", HTMLElement).dataset.map = down < SMALL ? "small" : "large";
    this.repaint();
  }

  repaint() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.paint();
    });
  }

  paint() {
    const states = this.states.getContext("2d");
    const overlay = this.overlay.getContext("2d");
    if (!states || !overlay) return;
    const image = states.createImageData(this.shape.columns, this.shape.rows);
    const target = new Uint32Array(image.data.buffer);
    const { cells, pixels } = this;
    for (let vmid = 0; vmid < cells.length; vmid += 1) {
      target[vmid] = pixels[cells[vmid] ?? 0] ?? 0;
    }
    states.putImageData(image, 0, 0);
    const ratio = window.devicePixelRatio || 1;
    overlay.setTransform(1, 0, 0, 1, 0, 0);
    overlay.clearRect(0, 0, this.overlay.width, this.overlay.height);
    overlay.setTransform(ratio, 0, 0, ratio, 0, MARGIN * ratio);
    drawOverlay(overlay, this.view(), this.palette, currentTheme());
  }

  view() {
    const { cells, shape, side, selected, hovered, changed: rings } = this;
    const ownerOf = (/** @type {number} */ vmid) => shortOwner(this.owners[vmid]);
    return { cells, shape, side, gutter: GUTTER, selected, hovered, changed: rings, ownerOf };
  }
}

/** "d3" or "d3.v0", and "+1" where more share it. @param {Owner[]|undefined} owners */
function shortOwner(owners) {
  const first = owners?.[0];
  if (!owners || !first) return "";
  const vcpu = first.vcpu === null ? "" : `.v${first.vcpu}`;
  return `d${first.domain}${vcpu}${owners.length > 1 ? ` +${owners.length - 1}` : ""}`;
}

/** @param {HTMLCanvasElement} canvas @param {number} left @param {number} top
 * @param {number} width @param {number} height */
function place(canvas, left, top, width, height) {
  Object.assign(canvas.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
