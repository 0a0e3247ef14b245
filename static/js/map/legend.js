// @ts-check
// What the map's colours mean, with how many VMIDs have each; and the map as a table.

import { byId, make, setText } from "../common/dom.js";
import { counted, duration, hex, integer } from "../common/format.js";
import { MEANINGS } from "./inspector.js";
import { CLASSES, showText, valueText } from "./map-colours.js";
import { byteText, isAliased, isRunningWrong, runs, STATES, violationSorts } from "./vmid-cells.js";

/** @typedef {import("./map-colours.js").Show} Show */

const MOST_ROWS = 500;
/** @type {Record<Show, string>} */
const COLUMN = { state: "", owner: "Owner", generation: "Generation", age: "Age" };

/** A line of the legend: name, class of its swatch, meaning, and which classes it counts.
 * @typedef {{name: string, swatch: string, title: string, classes: number[]}} Line */

/** @param {Show} show @returns {Line[]} */
function linesOf(show) {
  if (show === "state") {
    return STATES.map((state, index) => ({
      name: state,
      swatch: `state-${state}`,
      title: MEANINGS[state],
      classes: [index],
    }));
  }
  const names = CLASSES[show];
  if (show === "owner") {
    const hues = names.map((_, index) => index).slice(1);
    return [
      { name: "nobody", swatch: "state-free", title: "", classes: [0] },
      { name: "a domain", swatch: "hues", title: "", classes: hues },
    ];
  }
  const steps = show === "age" ? [0, 1, 2, 3, 4, 5, 6] : [0, 3, 6];
  return names.map((name, index) => ({
    name,
    swatch: index === 0 ? "state-free" : `ramp-${steps[index - 1]}`,
    title: "",
    classes: [index],
  }));
}

/** Counts under the map. */
export class Legend {
  constructor() {
    this.list = byId("legend", HTMLElement);
    this.text = byId("legend-text", HTMLElement);
    this.more = byId("legend-more", HTMLElement);
    this.table = byId("map-table", HTMLDetailsElement);
    /** @type {Show|null} */
    this.showing = null;
    /** @type {[Line, HTMLElement][]} */
    this.lines = [];
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(0);
    /** @type {Float64Array} */
    this.values = new Float64Array(0);
    /** Not known before they are read. @type {Record<string, unknown>|null} */
    this.owners = null;
    /** The runs that are in the table. */
    this.drawn = "";
    this.table.addEventListener("toggle", () => this.fillTable());
  }

  /** @param {Show} show @param {string} where of which harts the map is
   * @param {boolean} none does the policy have no such numbers? */
  setShow(show, where, none) {
    setText(this.text, showText(show, where, none));
    this.list.hidden = none;
    const column = byId("map-table-column", HTMLElement);
    column.hidden = show === "state" || none;
    if (show === this.showing) return;
    this.showing = show;
    const attribute = show === "state" ? "data-state-count" : "data-class-count";
    this.lines = linesOf(show).map((line) => [
      line,
      make("span", { class: "count", [attribute]: line.name }, "0"),
    ]);
    this.list.replaceChildren(
      ...this.lines.map(([line, count]) =>
        make(
          "li",
          { title: line.title || null },
          make("span", { class: `swatch ${line.swatch}`, "aria-hidden": "true" }),
          make("span", { class: "legend-name" }, line.name),
          count,
        ),
      ),
    );
    setText(column, COLUMN[show]);
  }

  /** @param {Uint8Array} cells @param {Uint8Array} classes @param {Float64Array} values */
  show(cells, classes, values) {
    this.cells = cells;
    this.values = values;
    const counts = new Array(256).fill(0);
    for (const index of classes) counts[index] += 1;
    for (const [line, element] of this.lines) {
      setText(element, integer(line.classes.reduce((sum, index) => sum + counts[index], 0)));
    }
    this.showMore();
    this.fillTable();
  }

  /** Who has which VMID. @param {Record<string, unknown>} owners */
  showOwners(owners) {
    this.owners = owners;
    this.showMore();
  }

  /** What colours cannot say. */
  showMore() {
    let [wrong, aliased] = [0, 0];
    for (const byte of this.cells) {
      wrong += isRunningWrong(byte) ? 1 : 0;
      aliased += isAliased(byte) ? 1 : 0;
    }
    const parts = [];
    const { all, live, freed } = violationSorts(this.cells, (vmid) => vmid in (this.owners ?? {}));
    const who = this.owners && `${integer(live)} live, ${integer(freed)} freed`;
    const now = wrong && `${integer(wrong)} running now (●)`;
    if (all)
      parts.push(`${counted(all, "VMID")} in violation (!): ${[who, now].filter(Boolean).join("; ")}`);
    if (aliased) parts.push(`${counted(aliased, "VMID")} shared by owners (cut corner)`);
    setText(this.more, parts.join(" · "));
  }

  fillTable() {
    if (!this.table.open) return;
    const found = runs(this.cells, this.values);
    const drawn = `${this.showing}|${found.map((run) => [...run, this.values[run[0]]]).join(";")}`;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    byId("map-table-rows", HTMLElement).replaceChildren(
      ...found.slice(0, MOST_ROWS).map((run) => this.row(run)),
    );
    const left = found.length - MOST_ROWS;
    const more = left > 0 ? `and ${counted(left, "run")} more` : "";
    setText(byId("map-table-more", HTMLElement), more);
  }

  /** @param {[number, number, number]} run */
  row([first, length, byte]) {
    const last = first + length - 1;
    const value = valueText(this.showing ?? "state", this.values[first] ?? -1, duration);
    return make(
      "tr",
      {},
      make("td", {}, length > 1 ? `${first}–${last}` : `${first}`),
      make("td", { class: "mono" }, length > 1 ? `${hex(first)}–${hex(last)}` : hex(first)),
      make("td", { class: "number" }, integer(length)),
      make("td", {}, byteText(byte)),
      value ? make("td", {}, value) : null,
    );
  }
}
