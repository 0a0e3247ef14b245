// @ts-check
// The map's legend with how many VMIDs are in each state, and the map as a table.

import { byId, make, setText } from "../common/dom.js";
import { counted, hex, integer } from "../common/format.js";
import { MEANINGS } from "./inspector.js";
import { isAliased, runs, STATES, stateCounts, stateOf } from "./vmid-cells.js";

const MOST_ROWS = 500;

/** Counts under the map. */
export class Legend {
  constructor() {
    const list = byId("legend", HTMLElement);
    this.counts = new Map(
      STATES.map((state) => [
        state,
        make("span", { class: "count", "data-state-count": state }, "0"),
      ]),
    );
    list.replaceChildren(
      ...STATES.map((state) =>
        make(
          "li",
          { title: MEANINGS[state] },
          make("span", { class: `swatch state-${state}`, "aria-hidden": "true" }),
          make("span", { class: "legend-name" }, state),
          this.counts.get(state) ?? "",
        ),
      ),
    );
    this.table = byId("map-table", HTMLDetailsElement);
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(0);
    /** The runs that are in the table. */
    this.drawn = "";
    this.table.addEventListener("toggle", () => this.fillTable());
  }

  /** @param {Uint8Array} cells */
  show(cells) {
    this.cells = cells;
    for (const [state, count] of Object.entries(stateCounts(cells))) {
      const element = this.counts.get(/** @type {any} */ (state));
      if (element) setText(element, integer(count));
    }
    this.fillTable();
  }

  fillTable() {
    if (!this.table.open) return;
    const found = runs(this.cells);
    const drawn = found.join(";");
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const rows = found
      .slice(0, MOST_ROWS)
      .map(([first, length, byte]) =>
        make(
          "tr",
          {},
          make("td", {}, length > 1 ? `${first}–${first + length - 1}` : `${first}`),
          make(
            "td",
            { class: "mono" },
            length > 1 ? `${hex(first)}–${hex(first + length - 1)}` : hex(first),
          ),
          make("td", { class: "number" }, integer(length)),
          make("td", {}, stateOf(byte) + (isAliased(byte) ? ", aliased" : "")),
        ),
      );
    byId("map-table-rows", HTMLElement).replaceChildren(...rows);
    const left = found.length - rows.length;
    setText(
      byId("map-table-more", HTMLElement),
      left > 0 ? `and ${counted(left, "run")} more` : "",
    );
  }
}
