// @ts-check
// One structure of a hart's TLB as a picture: a square an entry, in the colour of who filled it,
// hatched where it is stale. A grid for the keyboard and for screen readers.

import { byId } from "../common/dom.js";
import { LiveCell } from "../common/live-cell.js";
import { hueOf, inkOn } from "../common/palette.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { CellPen } from "../map/cell-drawing.js";
import { moved } from "../map/vmid-grid.js";
import { indexOf, placeAt, windowOf } from "./tlb-layout.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").TlbEntry} TlbEntry */
/** @typedef {import("./tlb-layout.js").Layout} Layout */

const LARGEST = 30;
/** Round the squares, for frames that stand outside them; and what the grid itself takes. */
const MARGIN = 4;
const PADDING = 4;
const SMALLEST = 5;
/** A frame is this large at least, however small its square. */
const SMALLEST_FRAME = 8;
const NUMBER_FROM = 22;

/** Draws the window of sets and tells which place is chosen. */
export class TlbGrid {
  /** @param {Palette} palette
   * @param {{go: (set: number, way: number) => void, toggle: (set: number, way: number) => void,
   *   letGo: () => boolean, resized: () => void}} choose a place by the keyboard, by the pointer; none
   * (false: none was chosen) */
  constructor(palette, choose) {
    this.palette = palette;
    this.choose = choose;
    this.grid = byId("tlb-grid", HTMLElement);
    this.canvas = byId("tlb-canvas", HTMLCanvasElement);
    /** @type {Layout} */
    this.layout = { columns: 1, rows: 1, first: 0, wrapped: true, ways: 1 };
    /** By index. @type {Map<number, TlbEntry>} */
    this.entries = new Map();
    this.side = LARGEST;
    this.at = 0;
    /** @type {number|null} */
    this.chosen = null;
    /** Selected on the page. @type {{vmid: number|null, domain: number|null}} */
    this.selected = { vmid: null, domain: null };
    /** The domain whose line of the legend is pointed at. @type {number|null} */
    this.pointed = null;
    this.live = new LiveCell(this.grid, "tlb-cell");
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.grid.addEventListener("focus", () => this.announce());
    this.canvas.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => {
      this.draw();
      this.choose.resized();
    }).observe(this.grid);
    onThemeChange(() => this.draw());
  }

  /** @param {Layout} layout @param {TlbEntry[]} entries of the structure in the window
   * @param {{set: number, way: number}|null} chosen
   * @param {{vmid: number|null, domain: number|null}} selected on the page */
  show(layout, entries, chosen, selected) {
    this.layout = layout;
    this.selected = selected;
    this.entries = new Map(
      entries.flatMap((entry) => {
        const index = indexOf(entry.set, entry.way, layout);
        return index === null ? [] : [[index, entry]];
      }),
    );
    this.chosen = chosen && indexOf(chosen.set, chosen.way, layout);
    if (this.chosen !== null) this.at = this.chosen;
    this.at = Math.min(this.at, layout.columns * layout.rows - 1);
    this.grid.setAttribute("aria-rowcount", String(layout.rows));
    this.grid.setAttribute("aria-colcount", String(layout.columns));
    this.live.describe(this.describe(this.at));
    this.draw();
  }

  /** @param {number} index */
  describe(index) {
    const place = placeAt(index, this.layout);
    if (!place) return "no way here";
    const entry = this.entries.get(index);
    const where = `set ${place.set}, way ${place.way}`;
    if (!entry) return `${where}: no valid entry`;
    const stale = entry.stale ? ", stale" : "";
    return `${where}: VMID ${entry.vmid}, filled by domain ${entry.owner.domain}${stale}`;
  }

  announce() {
    const { columns } = this.layout;
    const row = Math.floor(this.at / columns);
    this.live.announce(row, this.at % columns, this.describe(this.at));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.altKey || event.metaKey) return;
    const target = moved(this.at, event.key, event.ctrlKey, this.layout);
    const letGo = event.key === "Escape" && this.choose.letGo();
    if (target === null && !letGo) return;
    event.preventDefault();
    event.stopPropagation();
    if (target !== null) this.go(target, this.choose.go);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const box = this.canvas.getBoundingClientRect();
    const { columns, rows } = this.layout;
    const column = Math.floor((event.clientX - box.left - MARGIN) / this.side);
    const row = Math.floor((event.clientY - box.top - MARGIN) / this.side);
    const inside = column >= 0 && row >= 0 && column < columns && row < rows;
    if (inside) this.go(row * columns + column, this.choose.toggle);
  }

  /** @param {number} index @param {(set: number, way: number) => void} choose */
  go(index, choose) {
    const place = placeAt(index, this.layout);
    if (!place) return;
    this.at = index;
    this.announce();
    choose(place.set, place.way);
  }

  /** Room for squares. */
  get width() {
    return this.grid.clientWidth - PADDING - 2 * MARGIN;
  }

  /** How many sets fit beside each other. */
  get window() {
    return windowOf(this.width);
  }

  /** Frame the entries of a domain, as long as something points at it. @param {number|null} domain */
  point(domain) {
    this.pointed = domain;
    this.draw();
  }

  draw() {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const ratio = window.devicePixelRatio || 1;
    const { columns, rows } = this.layout;
    const fits = Math.floor(this.width / columns);
    this.side = Math.max(SMALLEST, Math.min(LARGEST, fits));
    const [width, height] = [columns * this.side + 2 * MARGIN, rows * this.side + 2 * MARGIN];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    context.scale(ratio, ratio);
    const pen = new CellPen(context, this.palette, currentTheme());
    for (let index = 0; index < columns * rows; index += 1) {
      if (placeAt(index, this.layout)) this.cell(context, pen, index);
    }
    this.frames(context);
  }

  /** @param {number} index */
  square(index) {
    const { columns } = this.layout;
    const { side } = this;
    return { x: MARGIN + (index % columns) * side, y: MARGIN + Math.floor(index / columns) * side, side };
  }

  /** @param {CanvasRenderingContext2D} context @param {CellPen} pen @param {number} index */
  cell(context, pen, index) {
    const theme = currentTheme();
    const entry = this.entries.get(index);
    const { x, y, side } = this.square(index);
    const gap = side > 8 ? 1 : 0.5;
    const free = this.palette.states[theme].free;
    const colour = entry ? (this.palette.domains[theme][hueOf(entry.owner.domain)] ?? free) : free;
    context.fillStyle = colour;
    context.fillRect(x, y, side - gap, side - gap);
    if (!entry) return;
    const ink = inkOn(colour);
    if (entry.stale) {
      context.fillStyle = pen.hatch(ink) ?? ink;
      context.globalAlpha = 0.75;
      context.fillRect(x, y, side - gap, side - gap);
      context.globalAlpha = 1;
    }
    if (side < NUMBER_FROM) return;
    context.fillStyle = colour;
    if (entry.stale) context.fillRect(x + 4, y + side / 2 - 7, side - 9, 14);
    context.fillStyle = ink;
    context.font = "600 10px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(String(entry.vmid), x + side / 2, y + side / 2, side - 4);
  }

  /** Entries of the selected VMID (thin, inside) and of the selected or pointed at domain (thicker,
   * dashed), and the chosen one, whose frame stands outside.
   * @param {CanvasRenderingContext2D} context */
  frames(context) {
    const { vmid, domain } = this.selected;
    for (const [index, { owner }] of this.entries) {
      const meant = owner.domain === domain || owner.domain === this.pointed;
      if (meant) this.frame(context, index, 2, 0.5, [4, 2]);
    }
    for (const [index, entry] of this.entries) {
      if (entry.vmid === vmid) this.frame(context, index, 1, -1.5, []);
    }
    if (this.chosen !== null) this.frame(context, this.chosen, 2, 1, []);
  }

  /** A frame with a halo in the page's colour, `outside` pixels off its square.
   * @param {CanvasRenderingContext2D} context @param {number} index @param {number} width
   * @param {number} outside @param {number[]} dash */
  frame(context, index, width, outside, dash) {
    const theme = currentTheme();
    const { x, y, side } = this.square(index);
    const size = Math.max(side - 1 + 2 * outside, outside > 0 ? SMALLEST_FRAME : 0);
    const off = (side - 1 - size) / 2;
    context.strokeStyle = this.palette.page[theme];
    context.lineWidth = width + 2;
    context.setLineDash([]);
    context.strokeRect(x + off, y + off, size, size);
    context.strokeStyle = this.palette.ink[theme];
    context.lineWidth = width;
    context.setLineDash(dash);
    context.strokeRect(x + off, y + off, size, size);
    context.setLineDash([]);
  }
}
