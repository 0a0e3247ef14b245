// @ts-check
// A grid that is drawn on a canvas, for screen readers: one row with one cell, which moves.

import { make, setText } from "./dom.js";

/** The one live cell of an element with `role="grid"`. */
export class LiveCell {
  /** @param {HTMLElement} grid @param {string} name what the cells' ids begin with */
  constructor(grid, name) {
    this.grid = grid;
    this.turn = 0;
    // Two cells by turns: a new active descendant is announced, a changed one often is not.
    this.cells = [0, 1].map((number) => make("div", { role: "gridcell", id: `${name}-${number}` }));
    this.row = make("div", { role: "row", class: "visually-hidden" }, ...this.cells);
    grid.append(this.row);
  }

  /** Tell a place of the grid, counted from 0, by the other cell.
   * @param {number} row @param {number} column @param {string} text */
  announce(row, column, text) {
    const other = this.cells[this.turn];
    this.turn = 1 - this.turn;
    const cell = this.cells[this.turn];
    if (!cell || !other) return;
    other.hidden = true;
    cell.hidden = false;
    this.row.setAttribute("aria-rowindex", String(row + 1));
    cell.setAttribute("aria-colindex", String(column + 1));
    cell.setAttribute("aria-selected", "true");
    setText(cell, text);
    this.grid.setAttribute("aria-activedescendant", cell.id);
  }

  /** Other words for the place told last, without telling them. @param {string} text */
  describe(text) {
    const cell = this.cells[this.turn];
    if (cell) setText(cell, text);
  }
}
