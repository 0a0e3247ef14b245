// @ts-check
// The VMID map on two canvases: one pixel a VMID below, everything else on the overlay above.

import {
  cameraOf,
  centred,
  fitted,
  isFitted,
  panned,
  revealing,
  zoomed,
  zoomText,
} from "./map-camera.js";
import { classesOf, coloursOf, pixelsOf, valueText } from "./map-colours.js";
import { MapPointer } from "./map-input.js";
import { drawOverlay } from "./map-overlay.js";
import { shortDuration } from "../common/format.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { changed } from "./vmid-cells.js";
import { cellSide, shapeOf, vmidAt, vmidlenOf } from "./vmid-grid.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").Owner} Owner */
/** @typedef {import("./map-colours.js").Show} Show */

/**
 * @typedef {object} MapHandlers
 * @property {(vmid: number) => void} onSelect
 * @property {(vmid: number|null) => void} onHover
 * @property {() => void} [onView] another part of the map is seen, or it has another size
 */

const TALLEST = 640;
const GUTTER = 56;
const MARGIN = 8;
const MOST_CHANGES = 256;
/** More cells than these stand out by their colour alone. */
const MOST_OUTLINES = 2048;
const NO_VALUES = new Float64Array(0);

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
    /** Side of a cell of the whole grid. */
    this.fit = 1;
    this.camera = fitted(this);
    /** The part that is to be seen, until the map is large enough to say so. */
    this.wantedZoom = "";
    /** @type {Show} */
    this.showing = "state";
    /** The server's numbers, where not the states are shown. @type {Float64Array} */
    this.values = NO_VALUES;
    /** @type {Uint8Array} */
    this.classes = new Uint8Array(1);
    this.colours = coloursOf("state", palette, currentTheme());
    this.pixels = pixelsOf(this.colours, palette.page[currentTheme()]);
    /** @type {number[]} */
    this.changed = [];
    /** VMIDs that stand out, by what makes them. @type {{outlined: number[], differing: number[]|null}} */
    this.standOut = { outlined: [], differing: null };
    /** The VMIDs that stand out now; empty: none steps back. @type {Set<number>} */
    this.bright = new Set();
    /** @type {number|null} */
    this.selected = null;
    /** @type {number|null} */
    this.hovered = null;
    /** @type {Record<string, Owner[]>} */
    this.owners = {};
    this.pending = false;
    this.window = document.createElement("div");
    this.window.className = "map-window";
    states.replaceWith(this.window);
    this.window.append(states);
    onThemeChange(() => this.recolour());
    new ResizeObserver(() => this.layout()).observe(frame);
    this.listen();
  }

  listen() {
    const at = (/** @type {number} */ x, /** @type {number} */ y) => {
      const { camera } = this;
      return vmidAt(x - camera.x, y - camera.y, camera.side, this.shape);
    };
    new MapPointer(this.overlay, this.window, {
      onHover: (x, y) => this.hover(at(x, y)),
      onLeave: () => this.hover(null),
      onClick: (x, y) => {
        const vmid = at(x, y);
        if (vmid !== null) this.handlers.onSelect(vmid);
      },
      onZoom: (factor, x, y) => this.look(zoomed(this.camera, factor, x, y, this)),
      onPan: (byX, byY) => this.look(panned(this.camera, byX, byY, this)),
      isFitted: () => isFitted(this.camera, this),
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
    this.classes = classesOf(this.showing, cells, this.values);
    if (resized) this.layout();
    this.repaint();
  }

  /** What colours stand for from now on, with the server's numbers for anything but states.
   * @param {Show} show @param {Float64Array} [values] */
  showAs(show, values = NO_VALUES) {
    const other = show !== this.showing;
    this.showing = show;
    this.values = values;
    this.classes = classesOf(show, this.cells, values);
    if (other) this.recolour();
    this.repaint();
  }

  recolour() {
    const theme = currentTheme();
    this.colours = coloursOf(this.showing, this.palette, theme);
    this.pixels = pixelsOf(this.colours, this.palette.page[theme]);
    this.repaint();
  }

  /** @param {Record<string, Owner[]>} owners */
  showOwners(owners) {
    this.owners = owners;
    this.repaint();
  }

  /** Let cells stand out and the others step back: those of a selected domain, or those that differ
   * from a bookmark (null: no bookmark).
   * @param {number[]} outlined @param {number[]|null} differing */
  emphasise(outlined, differing) {
    this.standOut = { outlined, differing };
    this.bright = new Set(differing ?? outlined);
    this.repaint();
  }

  /** @param {number|null} vmid */
  select(vmid) {
    this.selected = vmid;
    if (vmid !== null) this.look(revealing(this.camera, vmid, this));
    this.repaint();
  }

  /** Zoom about the middle. @param {number} factor */
  zoom(factor) {
    const { columns, rows } = this.shape;
    this.look(zoomed(this.camera, factor, (columns * this.fit) / 2, (rows * this.fit) / 2, this));
  }

  zoomToFit() {
    this.look(fitted(this));
  }

  /** By so many cells. @param {number} columns @param {number} rows */
  pan(columns, rows) {
    const { side } = this.camera;
    this.look(panned(this.camera, columns * side, rows * side, this));
  }

  /** Show a VMID's surroundings, at least `factor` times as large as the whole grid's cells.
   * @param {number} vmid @param {number} factor */
  goTo(vmid, factor) {
    const side = Math.max(this.camera.side, this.fit * factor);
    this.look(centred({ ...this.camera, side }, vmid, this));
  }

  /** The part that is seen, as it stands in an address. */
  get zoomText() {
    return zoomText(this.camera, this);
  }

  /** @param {string} text */
  applyZoom(text) {
    this.wantedZoom = text;
    if (text !== this.zoomText) this.look(cameraOf(text, this));
  }

  /** @param {import("./map-camera.js").Camera} camera @returns {boolean} whether that is another part */
  look(camera) {
    const { side, x, y } = this.camera;
    if (camera.side === side && camera.x === x && camera.y === y) return false;
    this.camera = camera;
    this.wantedZoom = this.zoomText;
    this.placeStates();
    this.handlers.onView?.();
    this.repaint();
    return true;
  }

  layout() {
    const ratio = window.devicePixelRatio || 1;
    this.shape = shapeOf(vmidlenOf(this.cells.length));
    const width = this.frame.clientWidth - GUTTER - MARGIN;
    this.fit = cellSide(this.shape, width, TALLEST, ratio);
    this.camera = cameraOf(this.wantedZoom, this);
    const { columns, rows } = this.shape;
    const [across, down] = [columns * this.fit, rows * this.fit];
    this.states.width = columns;
    this.states.height = rows;
    place(this.window, GUTTER, MARGIN, across, down);
    this.placeStates();
    this.overlay.width = Math.round((GUTTER + across + MARGIN) * ratio);
    this.overlay.height = Math.round((down + 2 * MARGIN) * ratio);
    place(this.overlay, 0, 0, GUTTER + across + MARGIN, down + 2 * MARGIN);
    this.frame.style.height = `${down + 2 * MARGIN}px`;
    this.handlers.onView?.();
    this.repaint();
  }

  placeStates() {
    const { side, x, y } = this.camera;
    place(this.states, x, y, this.shape.columns * side, this.shape.rows * side);
    this.overlay.classList.toggle("zoomed", !isFitted(this.camera, this));
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
    this.paintStates(states);
    const ratio = window.devicePixelRatio || 1;
    overlay.setTransform(1, 0, 0, 1, 0, 0);
    overlay.clearRect(0, 0, this.overlay.width, this.overlay.height);
    overlay.setTransform(ratio, 0, 0, ratio, 0, MARGIN * ratio);
    drawOverlay(overlay, this.view(), this.palette, currentTheme());
  }

  /** @param {CanvasRenderingContext2D} context */
  paintStates(context) {
    const image = context.createImageData(this.shape.columns, this.shape.rows);
    const target = new Uint32Array(image.data.buffer);
    const { classes, pixels, bright } = this;
    const faint = bright.size ? pixels.length / 2 : 0;
    for (let vmid = 0; vmid < classes.length; vmid += 1) {
      target[vmid] = pixels[(classes[vmid] ?? 0) + faint] ?? 0;
    }
    for (const vmid of bright) target[vmid] = pixels[classes[vmid] ?? 0] ?? 0;
    context.putImageData(image, 0, 0);
  }

  view() {
    const { outlined, differing } = this.standOut;
    return {
      cells: this.cells,
      shape: this.shape,
      fit: this.fit,
      camera: this.camera,
      gutter: GUTTER,
      selected: this.selected,
      hovered: this.hovered,
      changed: this.changed,
      outlined: outlined.slice(0, MOST_OUTLINES),
      differing: (differing ?? []).slice(0, MOST_OUTLINES),
      colourOf: (/** @type {number} */ vmid) => this.colourOf(vmid),
      textOf: (/** @type {number} */ vmid) => this.textOf(vmid),
    };
  }

  /** What a cell's ink has to stand out from: one that steps back is nearly the page. @param {number} vmid */
  colourOf(vmid) {
    const page = this.palette.page[currentTheme()];
    if (this.bright.size && !this.bright.has(vmid)) return page;
    return this.colours[this.classes[vmid] ?? 0] ?? page;
  }

  /** Below a cell's number: whose it is, or the number that is shown. @param {number} vmid */
  textOf(vmid) {
    if (this.showing === "state" || this.showing === "owner") return shortOwner(this.owners[vmid]);
    const value = this.values[vmid] ?? -1;
    return value < 0 ? "" : valueText(this.showing, value, shortDuration);
  }
}

/** "d3" or "d3.v0", and "+1" where more share it. @param {Owner[]|undefined} owners */
function shortOwner(owners) {
  const first = owners?.[0];
  if (!owners || !first) return "";
  const vcpu = first.vcpu === null ? "" : `.v${first.vcpu}`;
  return `d${first.domain}${vcpu}${owners.length > 1 ? ` +${owners.length - 1}` : ""}`;
}

/** @param {HTMLElement} element @param {number} left @param {number} top
 * @param {number} width @param {number} height */
function place(element, left, top, width, height) {
  Object.assign(element.style, {
    left: `${left}px`,
    top: `${top}px`,
    width: `${width}px`,
    height: `${height}px`,
  });
}
