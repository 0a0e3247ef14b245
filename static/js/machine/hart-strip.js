// @ts-check
// All harts of a large machine: a square each, in the colour of the domain on it.

import { byId } from "../common/dom.js";
import { LiveCell } from "../common/live-cell.js";
import { hueOf, inkOn } from "../common/palette.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { moved } from "../map/vmid-grid.js";

/** @typedef {import("../common/types.js").Occupancy} Occupancy */
/** @typedef {import("../common/types.js").Palette} Palette */

const COLUMNS = 32;
const LARGEST = 22;
const NUMBER_FROM = 20;

export class HartStrip {
  /** @param {number[]} harts @param {Palette} palette
   * @param {{go: (hart: number) => void, toggle: (hart: number) => void}} choose a hart by the keyboard,
   * by the pointer */
  constructor(harts, palette, choose) {
    this.harts = harts;
    this.palette = palette;
    this.choose = choose;
    this.shape = { columns: COLUMNS, rows: Math.ceil(harts.length / COLUMNS) };
    this.grid = byId("hart-strip", HTMLElement);
    this.canvas = byId("hart-strip-canvas", HTMLCanvasElement);
    /** @type {Occupancy|null} */
    this.all = null;
    this.at = 0;
    this.side = LARGEST;
    /** @type {number|null} */
    this.chosen = null;
    /** @type {number|null} */
    this.vmid = null;
    /** @type {number|null} */
    this.domain = null;
    this.drawn = "";
    this.live = new LiveCell(this.grid, "hart-cell");
    this.grid.hidden = false;
    this.grid.setAttribute("aria-rowcount", String(this.shape.rows));
    this.grid.setAttribute("aria-colcount", String(COLUMNS));
    this.grid.addEventListener("keydown", (event) => this.pressed(event));
    this.grid.addEventListener("focus", () => this.announce());
    this.canvas.addEventListener("click", (event) => this.clicked(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
    onThemeChange(() => this.draw());
  }

  /** @param {Occupancy} all @param {import("./hart-cards.js").Selection} selection */
  show(all, selection) {
    const { hart: chosen, vmid, domain } = selection;
    const drawn = JSON.stringify([{ ...all, seq: 0 }, selection]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.all = all;
    this.chosen = chosen;
    this.vmid = vmid;
    this.domain = domain;
    this.live.describe(this.describe(this.at));
    this.draw();
  }

  /** The keyboard goes on from the hart that was chosen anywhere on the page.
   * @param {number|null} hart */
  follow(hart) {
    if (hart !== null) this.at = this.harts.indexOf(hart);
  }

  /** @param {number} index */
  describe(index) {
    const { all } = this;
    const hart = this.harts[index];
    if (!all || hart === undefined) return "no hart here";
    const domain = all.domain[index];
    if (domain === null || domain === undefined) return `hart ${hart}: idle`;
    const guest = all.in_guest[index] ? "in guest mode" : "outside";
    return `hart ${hart}: domain ${domain}, vCPU ${all.vcpu[index]}, VMID ${all.vmid[index]}, ${guest}`;
  }

  announce() {
    const row = Math.floor(this.at / COLUMNS);
    this.live.announce(row, this.at % COLUMNS, this.describe(this.at));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.altKey || event.metaKey) return;
    const target = moved(this.at, event.key, event.ctrlKey, this.shape);
    if (target === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.choose.go(this.move(target));
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const box = this.canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / this.side);
    const row = Math.floor((event.clientY - box.top) / this.side);
    if (column < COLUMNS) this.choose.toggle(this.move(row * COLUMNS + column));
  }

  /** The keyboard's place is there now. @param {number} index @returns {number} the hart */
  move(index) {
    this.at = Math.min(index, this.harts.length - 1);
    this.announce();
    return this.harts[this.at] ?? 0;
  }

  draw() {
    const context = this.canvas.getContext("2d");
    const { all } = this;
    if (!context || !all) return;
    const ratio = window.devicePixelRatio || 1;
    this.side = Math.max(6, Math.min(LARGEST, Math.floor(this.grid.clientWidth / COLUMNS)));
    const [width, height] = [COLUMNS * this.side, this.shape.rows * this.side];
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    context.scale(ratio, ratio);
    this.harts.forEach((_, index) => this.square(context, all, index));
  }

  /** @param {CanvasRenderingContext2D} context @param {Occupancy} all @param {number} index */
  square(context, all, index) {
    const theme = currentTheme();
    const { side, palette } = this;
    const [x, y] = [(index % COLUMNS) * side, Math.floor(index / COLUMNS) * side];
    const domain = all.domain[index] ?? null;
    const free = palette.states[theme].free;
    const colour = domain === null ? free : (palette.domains[theme][hueOf(domain)] ?? free);
    const inGuest = all.in_guest[index] ?? false;
    context.fillStyle = colour;
    // A vCPU that is loaded and not in guest mode fills half the square.
    context.fillRect(x, inGuest || domain === null ? y : y + side / 2, side - 1, inGuest || domain === null ? side - 1 : side / 2 - 1);
    if (side >= NUMBER_FROM && inGuest) {
      context.fillStyle = inkOn(colour);
      context.font = "10px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(String(domain), x + side / 2, y + side / 2, side - 3);
    }
    if (domain !== null && domain === this.domain) {
      context.fillStyle = this.palette.ink[theme];
      context.fillRect(x, y + side - 4, side - 1, 3);
    }
    if (inGuest && all.vmid[index] === this.vmid) this.frame(context, x, y, 2);
    if (this.harts[index] === this.chosen) this.frame(context, x, y, 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width */
  frame(context, x, y, width) {
    context.strokeStyle = this.palette.ink[currentTheme()];
    context.lineWidth = width;
    context.strokeRect(x + 1, y + 1, this.side - 3, this.side - 3);
  }
}
