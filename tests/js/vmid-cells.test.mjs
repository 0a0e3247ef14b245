import assert from "node:assert/strict";
import { test } from "node:test";

import {
  changed,
  isAliased,
  nextWhere,
  runs,
  stateCounts,
  stateOf,
  violations,
  violationSorts,
} from "../../static/js/map/vmid-cells.js";

const cells = Uint8Array.from([5, 4, 4, 0x0b, 0, 6, 1, 1]);

test("the low three bits are the state and 0x08 says aliased", () => {
  assert.deepEqual([...cells].map(stateOf), [
    "reserved",
    "running",
    "running",
    "assigned",
    "free",
    "violation",
    "stale",
    "stale",
  ]);
  assert.deepEqual([...cells].map(isAliased), [
    false,
    false,
    false,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test("ids in violation are live or freed, by whether somebody has them", () => {
  const wrong = Uint8Array.from([6, 0x16, 4, 6]);
  assert.deepEqual(violationSorts(wrong, (vmid) => vmid === 1), { all: 3, live: 1, freed: 2 });
});

test("counts add up to the size of the map", () => {
  const counts = stateCounts(cells);
  assert.deepEqual(counts, {
    free: 1,
    stale: 2,
    flushing: 0,
    assigned: 1,
    running: 2,
    reserved: 1,
    violation: 1,
  });
  assert.equal(
    Object.values(counts).reduce((a, b) => a + b),
    cells.length,
  );
});

test("runs give the map back", () => {
  assert.deepEqual(runs(cells), [
    [0, 1, 5],
    [1, 2, 4],
    [3, 1, 11],
    [4, 1, 0],
    [5, 1, 6],
    [6, 2, 1],
  ]);
  const again = Uint8Array.from(
    runs(cells).flatMap(([, length, byte]) => new Array(length).fill(byte)),
  );
  assert.deepEqual(again, cells);
});

test("changed cells are those whose byte differs, and none where the size does", () => {
  const after = Uint8Array.from(cells);
  after[4] = 3;
  after[7] = 0;
  assert.deepEqual(changed(cells, after), [4, 7]);
  assert.deepEqual(changed(cells, new Uint8Array(4)), []);
});

test("violations are found, and searches go round the end", () => {
  assert.deepEqual(violations(cells), [5]);
  const isWrong = (byte) => (byte & 7) === 6;
  assert.equal(nextWhere(cells, -1, 1, isWrong), 5);
  assert.equal(nextWhere(cells, 5, 1, isWrong), 5);
  assert.equal(
    nextWhere(cells, 0, -1, (byte) => byte === 1),
    7,
  );
  assert.equal(
    nextWhere(cells, 0, 1, (byte) => byte === 2),
    null,
  );
});
