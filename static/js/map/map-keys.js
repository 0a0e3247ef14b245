// @ts-check
// The map for the keyboard and for screen readers: a grid with one cell that moves.

import { LiveCell } from "../common/live-cell.js";
import { isFree, isViolation, nextWhere } from "./vmid-cells.js";
import { moved, placeOf } from "./vmid-grid.js";

/** @typedef {import("./vmid-grid.js").Shape} Shape */

/**
 * @typedef {object} MapKeyHandlers
 * @property {(vmid: number) => void} onMove
 * @property {() => void} onDetails
 * @property {() => void} onGoTo
 * @property {(factor: number) => void} onZoom 0: the whole map
 * @property {(columns: number, rows: number) => void} onPan
 * @property {() => boolean} [onLetGo] false: nothing was selected
 * @property {(vmid: number) => string} describe
 */

const ZOOM = 1.5;
/** @type {Record<string, number>} */
const ZOOMS = { "+": ZOOM, "=": ZOOM, "-": 1 / ZOOM, 0: 0 };
const PAN_CELLS = 4;
/** With Shift, the map is moved and the selection is not. @type {Record<string, [number, number]>} */
const PANS = {
  ArrowLeft: [PAN_CELLS, 0],
  ArrowRight: [-PAN_CELLS, 0],
  ArrowUp: [0, PAN_CELLS],
  ArrowDown: [0, -PAN_CELLS],
};

/** Keeps `role="grid"` and its one live cell in step with what is selected. */
export class MapKeys {
  /** @param {HTMLElement} grid @param {MapKeyHandlers} handlers */
  constructor(grid, handlers) {
    this.grid = grid;
    this.handlers = handlers;
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(1);
    /** @type {Shape} */
    this.shape = { columns: 1, rows: 1 };
    this.at = 0;
    this.live = new LiveCell(grid, "map-cell");
    grid.addEventListener("keydown", (event) => this.pressed(event));
    grid.addEventListener("focus", () => this.announce());
  }

  /** @param {Uint8Array} cells @param {Shape} shape */
  show(cells, shape) {
    this.cells = cells;
    this.shape = shape;
    this.at = Math.min(this.at, cells.length - 1);
    this.grid.setAttribute("aria-rowcount", String(shape.rows));
    this.grid.setAttribute("aria-colcount", String(shape.columns));
    this.live.describe(this.handlers.describe(this.at));
  }

  /** @param {number|null} vmid */
  select(vmid) {
    if (vmid === null) return;
    this.at = Math.min(vmid, this.cells.length - 1);
    this.announce();
  }

  announce() {
    const { row, column } = placeOf(this.at, this.shape);
    this.live.announce(row, column, this.handlers.describe(this.at));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.altKey || event.metaKey) return;
    const target = this.target(event);
    const zoom = event.ctrlKey ? undefined : ZOOMS[event.key];
    const pan = event.shiftKey ? PANS[event.key] : undefined;
    if (pan) {
      this.handlers.onPan(...pan);
    } else if (zoom !== undefined) {
      this.handlers.onZoom(zoom);
    } else if (target !== null) {
      this.at = target;
      this.handlers.onMove(target);
    } else if (event.key === "Enter") {
      this.handlers.onDetails();
    } else if (event.key === "Escape") {
      if (!this.handlers.onLetGo?.()) return;
    } else if (event.key === "g" && !event.ctrlKey) {
      this.handlers.onGoTo();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event @returns {number|null} */
  target(event) {
    const move = moved(this.at, event.key, event.ctrlKey, this.shape);
    if (move !== null || event.ctrlKey) return move;
    const isTaken = (/** @type {number} */ byte) => !isFree(byte);
    if (event.key === "n") return nextWhere(this.cells, this.at, 1, isTaken);
    if (event.key === "p") return nextWhere(this.cells, this.at, -1, isTaken);
    if (event.key === "!") return nextWhere(this.cells, this.at, 1, isViolation);
    return null;
  }
}
