// Pure parts of the comparison's page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { bodyOf, readForm, readView, swapped, writeAddress } from "../../static/js/compare/compare-address.js";
import { CLASSES, classCells, classCounts, classOf, differencePalette, differenceRuns } from "../../static/js/compare/difference.js";
import { Latest } from "../../static/js/compare/latest.js";
import { PlayClock } from "../../static/js/compare/play-clock.js";
import { isViolation, stateOf } from "../../static/js/map/vmid-cells.js";

const USUAL = {
  a: "posted", b: "reviewed", schedule: "first-start", vmidlen: "6", harts: "2", preset: "rv64",
  tlb: "combined", seed: "1", loop: "true", speculation: "false",
};

test("an address is the form and the view, and brings them back", () => {
  const values = { ...USUAL, b: "kvm", vmidlen: "14,7", seed: "3", loop: "false" };
  for (const view of [
    { steps: 0, hart: undefined, vmid: null, of: "taken" },
    { steps: 2302, hart: null, vmid: 5, of: "stale" },
    { steps: 1, hart: 3, vmid: 0, of: "violation" },
  ]) {
    const address = writeAddress(values, USUAL, view);
    assert.deepEqual(readForm(address, USUAL), values);
    assert.deepEqual(readView(address), view);
  }
});

test("what is usual is not written, but for what is compared", () => {
  const view = { steps: 7, hart: undefined, vmid: null, of: "taken" };
  assert.equal(
    writeAddress(USUAL, USUAL, view),
    "?a=posted&b=reviewed&schedule=first-start&vmidlen=6&harts=2&steps=7",
  );
});

test("unreadable parts of an address count as absent", () => {
  assert.deepEqual(readView("?steps=x&hart=y&vmid=-1&of=z"), {
    steps: 2500, hart: undefined, vmid: null, of: "taken",
  });
});

test("a number goes as a number, a list as a list, and nonsense as it is typed", () => {
  const { platform, seed, loop } = bodyOf({ ...USUAL, vmidlen: "14, 7", harts: "", seed: "many" });
  assert.deepEqual(platform.vmidlen, [14, 7]);
  assert.equal(platform.harts, undefined);
  assert.deepEqual(platform.tlb, { organisation: "combined" });
  assert.equal(seed, "many");
  assert.equal(loop, true);
});

test("swapping twice changes nothing", () => {
  assert.deepEqual(swapped(swapped(USUAL)), USUAL);
  assert.deepEqual([swapped(USUAL).a, swapped(USUAL).b], ["reviewed", "posted"]);
});

const A = Uint8Array.of(0, 3, 1, 4, 6, 0x0b);
const B = Uint8Array.of(0, 0, 1, 3, 3, 0x03);

const classesOf = (a, b, of) => [...a].map((byte, vmid) => classOf(byte, b[vmid], of));

test("every VMID is in one class", () => {
  assert.deepEqual(classesOf(A, B, "taken"), ["neither", "a_only", "both", "unlike", "unlike", "both"]);
  const counts = { neither: 1, a_only: 1, b_only: 0, both: 2, unlike: 2 };
  assert.deepEqual(classCounts(classCells(A, B, "taken")), counts);
  assert.deepEqual(classesOf(B, A, "stale"), ["neither", "neither", "both", "neither", "neither", "neither"]);
  assert.equal(classesOf(B, A, "violation")[4], "b_only");
});

test("no class is drawn as a wrong hit, and no two alike", () => {
  const one = Uint8Array.of(0, 3, 0, 3, 3);
  const other = Uint8Array.of(0, 0, 3, 3, 4);
  assert.deepEqual(classesOf(one, other, "taken"), CLASSES);
  const bytes = classCells(one, other, "taken");
  assert.equal(new Set(bytes).size, 5);
  assert.equal(bytes.some(isViolation), false);
  const palette = JSON.parse(readFileSync(new URL("../../static/palette.json", import.meta.url)));
  for (const theme of ["light", "dark"]) {
    const drawn = [...bytes].map((byte) => differencePalette(palette).states[theme][stateOf(byte)]);
    assert.deepEqual(drawn, Object.values(palette.difference[theme]));
  }
});

test("runs go on while both states stay", () => {
  const runs = differenceRuns(Uint8Array.of(0, 0, 3, 3), Uint8Array.of(0, 0, 0, 1), "taken");
  assert.deepEqual(runs, [
    [0, 2, "free", "free", "neither"],
    [2, 1, "assigned", "free", "a_only"],
    [3, 1, "assigned", "stale", "unlike"],
  ]);
});

test("a clock owes whole steps at its speed, and no backlog", () => {
  const clock = new PlayClock();
  clock.speed = 10;
  assert.equal(clock.due(0), 0);
  clock.start(0);
  assert.equal(clock.due(50), 0);
  assert.equal(clock.due(100), 1);
  assert.equal(clock.due(350), 2);
  assert.equal(clock.due(60_000), 5);
  clock.stop();
  assert.equal(clock.due(70_000), 0);
  clock.speed = 0.1;
  clock.start(0);
  let steps = 0;
  for (let at = 100; at <= 20_000; at += 100) steps += clock.due(at);
  assert.ok(steps === 1 || steps === 2);
});

test("a job runs once more for all that asked meanwhile", async () => {
  let runs = 0;
  /** @type {() => void} */
  let release = () => {};
  const job = new Latest(() => {
    runs += 1;
    return new Promise((resolve) => { release = resolve; });
  });
  job.request();
  job.request();
  job.request();
  assert.equal(runs, 1);
  release();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(runs, 2);
  release();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual([runs, job.busy], [2, false]);
});
