import assert from "node:assert/strict";
import { test } from "node:test";

import {
  cellSide,
  lensWindow,
  moved,
  placeOf,
  rulerTicks,
  shapeOf,
  vmidAt,
  vmidlenOf,
} from "../../static/js/map/vmid-grid.js";

test("every VMIDLEN has a grid with a cell for each VMID", () => {
  const shapes = Array.from({ length: 15 }, (_, bits) => shapeOf(bits));
  assert.deepEqual(
    shapes.map(({ columns, rows }) => `${columns}x${rows}`),
    [
      "1x1",
      "2x1",
      "4x1",
      "8x1",
      "4x4",
      "8x4",
      "8x8",
      "16x8",
      "16x16",
      "32x16",
      "32x32",
      "64x32",
      "64x64",
      "128x64",
      "128x128",
    ],
  );
  shapes.forEach((shape, bits) => assert.equal(vmidlenOf(shape.columns * shape.rows), bits));
});

test("cells are whole device pixels, and as large as fits", () => {
  assert.equal(cellSide(shapeOf(14), 660, 640, 1), 5);
  assert.equal(cellSide(shapeOf(14), 314, 640, 2), 2);
  assert.equal(cellSide(shapeOf(6), 660, 640, 1), 64);
  assert.equal(cellSide(shapeOf(14), 10, 10, 1), 1);
});

test("the VMID under a point is the one that is drawn there", () => {
  const shape = shapeOf(14);
  for (const vmid of [0, 127, 128, 5199, 16383]) {
    const { column, row } = placeOf(vmid, shape);
    assert.equal(vmidAt(column * 5 + 4.9, row * 5, 5, shape), vmid);
  }
  assert.equal(vmidAt(-1, 0, 5, shape), null);
  assert.equal(vmidAt(640, 0, 5, shape), null);
  assert.equal(vmidAt(0, 640, 5, shape), null);
});

test("keys move as the grid pattern says and stop at the edges", () => {
  const shape = shapeOf(6);
  const from = (vmid, key, ctrl = false) => moved(vmid, key, ctrl, shape);
  assert.equal(from(9, "ArrowLeft"), 8);
  assert.equal(from(8, "ArrowLeft"), 8);
  assert.equal(from(15, "ArrowRight"), 15);
  assert.equal(from(3, "ArrowUp"), 3);
  assert.equal(from(3, "ArrowDown"), 11);
  assert.equal(from(60, "ArrowDown"), 60);
  assert.equal(from(12, "Home"), 8);
  assert.equal(from(12, "End"), 15);
  assert.equal(from(12, "Home", true), 0);
  assert.equal(from(12, "End", true), 63);
  assert.equal(from(12, "PageDown"), 60);
  assert.equal(from(60, "PageUp"), 4);
  assert.equal(from(12, "x"), null);
});

test("a small map has a number a row, a large one a tick each 256 VMIDs", () => {
  assert.deepEqual(
    rulerTicks(shapeOf(6)).map((tick) => tick.label),
    ["0000", "0008", "0010", "0018", "0020", "0028", "0030", "0038"],
  );
  const ticks = rulerTicks(shapeOf(14));
  assert.equal(ticks.length, 64);
  assert.deepEqual(
    ticks
      .filter((tick) => tick.label)
      .map((tick) => tick.row)
      .slice(0, 3),
    [0, 8, 16],
  );
  assert.equal(ticks.filter((tick) => tick.length === "line").length, 7);
  assert.equal(ticks.at(-4)?.label, "3C00");
});

test("the lens stays inside the map", () => {
  const shape = shapeOf(14);
  assert.deepEqual(lensWindow(0, shape), { column: 0, row: 0, columns: 13, rows: 13 });
  assert.deepEqual(lensWindow(16383, shape), { column: 115, row: 115, columns: 13, rows: 13 });
  assert.deepEqual(lensWindow(64 * 128 + 64, shape), {
    column: 58,
    row: 58,
    columns: 13,
    rows: 13,
  });
  assert.deepEqual(lensWindow(5, shapeOf(7)), { column: 0, row: 0, columns: 13, rows: 8 });
});
