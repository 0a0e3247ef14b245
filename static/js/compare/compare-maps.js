// @ts-check
// Three maps over one selection: A, B, and where they differ.

import { byId, make, setText } from "../common/dom.js";
import { counted, hex, integer, vmidText } from "../common/format.js";
import { MapKeys } from "../map/map-keys.js";
import { STATES, stateCounts, stateOf } from "../map/vmid-cells.js";
import { VmidMap } from "../map/vmid-map.js";
import {
  CLASS_NAMES,
  CLASSES,
  classCells,
  classCounts,
  classOf,
  differencePalette,
  differenceRuns,
} from "./difference.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("./compare-address.js").Of} Of */

const MOST_ROWS = 500;
/** @type {Record<Of, string>} */
const OF_WORDS = { taken: "Taken", running: "Running", stale: "Stale", violation: "Wrong hits" };

/** The maps, their legends, the line about one VMID, and the table. */
export class CompareMaps {
  /** @param {Palette} palette @param {(vmid: number) => void} onSelect */
  constructor(palette, onSelect) {
    /** @type {Uint8Array} */
    this.a = new Uint8Array(1);
    /** @type {Uint8Array} */
    this.b = new Uint8Array(1);
    /** @type {Of} */
    this.of = "taken";
    /** @type {number|null} */
    this.selected = null;
    this.following = false;
    const handlers = (/** @type {"a"|"b"|"difference"} */ name) => ({
      onSelect,
      onHover: (/** @type {number|null} */ vmid) => this.hover(vmid),
      onView: () => this.follow(name),
    });
    this.maps = {
      a: mapOf("a", palette, handlers("a")),
      b: mapOf("b", palette, handlers("b")),
      difference: mapOf("difference", differencePalette(palette), handlers("difference")),
    };
    this.readout = byId("vmid-readout", HTMLElement);
    this.grid = byId("compare-grid", HTMLElement);
    this.table = byId("difference-table", HTMLDetailsElement);
    this.table.addEventListener("toggle", () => this.fillTable());
    this.keys = new MapKeys(this.grid, {
      onMove: onSelect,
      onDetails: () => this.openTable(),
      onGoTo: () => byId("compare-vmid", HTMLInputElement).focus(),
      onZoom: (factor) => (factor ? this.maps.a.zoom(factor) : this.maps.a.zoomToFit()),
      onPan: (columns, rows) => this.maps.a.pan(columns, rows),
      describe: (vmid) => this.describe(vmid),
    });
    this.legends();
  }

  /** All three maps look at the same part. @param {"a"|"b"|"difference"} moved */
  follow(moved) {
    if (this.following || !this.maps) return;
    this.following = true;
    const { zoomText } = this.maps[moved];
    for (const map of Object.values(this.maps)) map.applyZoom(zoomText);
    this.following = false;
  }

  legends() {
    const swatch = (/** @type {string} */ name) =>
      make("span", { class: `swatch small ${name}`, "aria-hidden": "true" });
    byId("state-rows", HTMLElement).replaceChildren(
      ...STATES.map((state) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, swatch(`state-${state}`), " ", state),
          make("td", { class: "number", "data-count-a": state }, "0"),
          make("td", { class: "number", "data-count-b": state }, "0"),
        ),
      ),
    );
    byId("difference-rows", HTMLElement).replaceChildren(
      ...CLASSES.map((one) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, swatch(`difference-${one}`), " ", CLASS_NAMES[one]),
          make("td", { class: "number", "data-class-count": one }, "0"),
        ),
      ),
    );
  }

  /** The bytes of A and of B. `ring` marks what changed since the last time.
   * @param {Uint8Array} a @param {Uint8Array} b @param {Of} of @param {boolean} ring */
  show(a, b, of, ring) {
    const alike = ring && of === this.of;
    [this.a, this.b, this.of] = [a, b, of];
    const found = classCells(a, b, of);
    this.maps.a.show(a, ring);
    this.maps.b.show(b, ring);
    this.maps.difference.show(found, alike);
    this.keys.show(a, this.maps.a.shape);
    this.count("data-count-a", stateCounts(a));
    this.count("data-count-b", stateCounts(b));
    this.count("data-class-count", classCounts(found));
    this.select(this.selected);
    this.fillTable();
  }

  /** @param {string} attribute @param {Record<string, number>} counts */
  count(attribute, counts) {
    for (const [name, count] of Object.entries(counts)) {
      const element = document.querySelector(`[${attribute}="${name}"]`);
      if (element) setText(element, integer(count));
    }
  }

  /** @param {number|null} vmid */
  select(vmid) {
    const moved = vmid !== this.selected;
    this.selected = vmid;
    const shown = vmid !== null && vmid < this.a.length ? vmid : null;
    for (const map of Object.values(this.maps)) map.select(shown);
    if (moved) this.keys.select(shown);
    this.tell(shown);
  }

  /** @param {number|null} vmid */
  hover(vmid) {
    this.tell(vmid ?? this.selected);
  }

  /** @param {number|null} vmid */
  tell(vmid) {
    const known = vmid !== null && vmid < this.a.length;
    setText(this.readout, known ? this.describe(vmid) : "Point at a VMID, or use the arrow keys.");
  }

  /** @param {number} vmid */
  describe(vmid) {
    const [a, b] = [this.a[vmid] ?? 0, this.b[vmid] ?? 0];
    const one = CLASS_NAMES[classOf(a, b, this.of)];
    return `VMID ${vmidText(vmid)}: A ${stateOf(a)}, B ${stateOf(b)}. ${OF_WORDS[this.of]}: ${one}.`;
  }

  openTable() {
    this.table.open = true;
    this.table.querySelector("summary")?.focus();
  }

  fillTable() {
    if (!this.table.open) return;
    const found = differenceRuns(this.a, this.b, this.of);
    const rows = found.slice(0, MOST_ROWS).map(([first, length, a, b, one]) => {
      const last = first + length - 1;
      const numbers = length > 1 ? `${first}–${last}` : `${first}`;
      const digits = length > 1 ? `${hex(first)}–${hex(last)}` : hex(first);
      const texts = [numbers, digits, integer(length), a, b, CLASS_NAMES[one]];
      return make("tr", {}, ...texts.map((text) => make("td", {}, text)));
    });
    byId("difference-table-rows", HTMLElement).replaceChildren(...rows);
    const left = found.length - rows.length;
    const more = left > 0 ? `and ${counted(left, "run")} more` : "";
    setText(byId("difference-table-more", HTMLElement), more);
  }
}

/** @param {string} name @param {Palette} palette
 * @param {import("../map/vmid-map.js").MapHandlers} handlers */
function mapOf(name, palette, handlers) {
  return new VmidMap(
    byId(`map-${name}-frame`, HTMLElement),
    byId(`map-${name}-states`, HTMLCanvasElement),
    byId(`map-${name}-overlay`, HTMLCanvasElement),
    palette,
    handlers,
  );
}
