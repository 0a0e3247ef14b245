import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldMessages, Problem } from "../../static/js/common/api.js";
import { counted, counterName, duration, hex, integer, percent, ranges, rate } from "../../static/js/common/format.js";
import { counterLines, keyNumber } from "../../static/js/machine/metrics.js";
import { hueOf, inkOn, luminance, pixelTable } from "../../static/js/common/palette.js";
import { Refresher } from "../../static/js/common/refresher.js";
import { parseDone } from "../../static/js/learn/progress.js";
import { positionOf, SLIDER_MAX, speedAt } from "../../static/js/machine/speed-scale.js";
import { PageStore } from "../../static/js/machine/page-state.js";
import { parseVmid, readState, writeState } from "../../static/js/machine/url-state.js";

test("numbers are grouped and never rounded", () => {
  assert.equal(integer(1234567), "1,234,567");
  assert.equal(hex(5199), "0x144F");
  assert.equal(percent(1, 3), "33.33 %");
  assert.equal(percent(0, 0), "–");
  assert.equal(counted(1, "vCPU"), "1 vCPU");
  assert.equal(counted(2, "entry", "entries"), "2 entries");
  assert.equal(ranges([5, 0, 1, 2]), "0–2, 5");
});

test("chapters that are done are read from what a browser keeps, and from nothing else", () => {
  assert.deepEqual([...parseDone("1,3,8")], [1, 3, 8]);
  assert.deepEqual([...parseDone(null)], []);
  assert.deepEqual([...parseDone("2,two,-1,0,1.5,2")], [2]);
});

test("times have the unit that suits them", () => {
  assert.deepEqual([0, 999, 1500, 12345678, 4452333000].map(duration), [
    "0 ns",
    "999 ns",
    "1.500 µs",
    "12.346 ms",
    "4.452333 s",
  ]);
});

test("the speed slider has every decade, and what it says comes back", () => {
  assert.equal(speedAt(0), 0.1);
  assert.equal(speedAt(30), 100);
  assert.equal(speedAt(SLIDER_MAX), 100000);
  for (let position = 0; position <= SLIDER_MAX; position += 1) {
    assert.equal(positionOf(speedAt(position)), position);
  }
  assert.equal(rate(1), "1 step/s");
  assert.equal(rate(0.1), "0.1 steps/s");
  assert.equal(rate(100000), "100,000 steps/s");
});

test("an address gives back the state that it was made of", () => {
  const plain = readState("");
  const states = [
    plain,
    { ...plain, at: 0, hart: null, vmid: 0, domain: 0 },
    { ...plain, at: 17, hart: 3, vmid: 16383, filter: 'kind:hfence_gvma cause:"a b" +& a=b #1' },
    { ...plain, filter: "x", log: "lines" },
  ];
  for (const state of states) assert.deepEqual(readState(writeState(state)), state);
  assert.equal(
    writeState({ ...plain, at: 9, hart: 3, vmid: 5, filter: "hart:2 x" }),
    "?at=9&hart=3&vmid=5&filter=hart:2+x",
  );
  assert.equal(writeState(plain), "");
});

test("a VMID is read in both bases and nothing else is", () => {
  assert.deepEqual(["5", " 0x1f ", "0X1F", "-1", "1.5", "", "x"].map(parseVmid), [
    5,
    31,
    31,
    null,
    null,
    null,
    null,
  ]);
});

test("violations are none in words and a number in digits", () => {
  assert.equal(keyNumber("violations_total", { violations_total: 0 }), "none");
  assert.equal(keyNumber("violations_total", { violations_total: 1200 }), "1,200");
  assert.equal(keyNumber("tlb_hit_rate", { tlb_hits: 3, accesses: 4 }), "75.00 %");
});

test("every counter has a line, those by kind one each", () => {
  const lines = counterLines({
    seq: 9,
    now_ns: 9,
    rollovers: 2,
    fences: { fence_i: 1 },
    violations: { "cross-vcpu": 0 },
  });
  assert.deepEqual(lines, [
    ["rollovers", 2],
    ["fences.fence_i", 1],
    ["violations.cross-vcpu", 0],
  ]);
});

test("a problem's messages go to the fields they name", () => {
  const problem = new Problem(422, "t", "d", [
    { loc: ["body", "platform", "PlatformBody", "vmidlen"], msg: "vmidlen is 15" },
  ]);
  assert.deepEqual(fieldMessages(problem), [
    { names: ["vmidlen", "PlatformBody", "platform", "body"], message: "vmidlen is 15" },
  ]);
  assert.deepEqual(fieldMessages(new Problem(409, "t", "full", [])), [
    { names: [], message: "full" },
  ]);
});

test("ink stands out on what it is written on", () => {
  assert.equal(inkOn("#F5D040"), "#000000");
  assert.equal(inkOn("#0060A8"), "#FFFFFF");
  assert.equal(luminance("#FFFFFF"), 1);
});

test("any eight domains in a row have hues of their own", () => {
  for (let first = 0; first < 64; first += 1) {
    const hues = Array.from({ length: 8 }, (_, index) => hueOf(first + index));
    assert.equal(new Set(hues).size, 8, `from domain ${first}`);
  }
  assert.equal(hueOf(-1), 7);
});

test("a pixel has its state's colour whatever the flags say", () => {
  const names = ["free", "stale", "flushing", "assigned", "running", "reserved", "violation"];
  const light = Object.fromEntries(
    names.map((name, index) => [name, `#0000${(index + 16).toString(16)}`]),
  );
  const pixels = new Uint8Array(pixelTable({ states: { light } }, "light").buffer);
  assert.deepEqual([...pixels.slice(3 * 4, 4 * 4)], [0, 0, 19, 255]);
  assert.deepEqual([...pixels.slice(0x0b * 4, 0x0c * 4)], [0, 0, 19, 255]);
});

/** A clock that is moved by hand. */
class HandClock {
  time = 0;
  waiting = [];
  now = () => this.time;
  wait = (callback, ms) => this.waiting.push([this.time + ms, callback]);
  async advance(ms) {
    this.time += ms;
    const due = this.waiting.filter(([at]) => at <= this.time);
    this.waiting = this.waiting.filter(([at]) => at > this.time);
    for (const [, callback] of due) callback();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a refresher never runs twice at once, keeps its interval, and forgets no request", async () => {
  const clock = new HandClock();
  let running = 0;
  let runs = 0;
  const ends = [];
  const refresher = new Refresher(
    () => {
      running += 1;
      runs += 1;
      assert.equal(running, 1);
      return new Promise((resolve) =>
        ends.push(() => {
          running -= 1;
          resolve();
        }),
      );
    },
    100,
    clock,
  );
  refresher.request();
  refresher.request();
  assert.equal(runs, 1);
  ends.pop()();
  await clock.advance(0);
  assert.equal(runs, 1);
  await clock.advance(99);
  assert.equal(runs, 1);
  await clock.advance(1);
  assert.equal(runs, 2);
  await clock.advance(200);
  ends.pop()();
  refresher.request();
  await clock.advance(0);
  await clock.advance(599);
  assert.equal(runs, 2);
  await clock.advance(1);
  assert.equal(runs, 3);
});

test("a change of the page's state is told once, and only what changed", () => {
  const store = new PageStore(readState("?vmid=5"));
  const told = [];
  store.subscribe((changed) => told.push([...changed]));
  store.set({ vmid: 5, hart: 2 });
  store.set({ hart: 2 });
  store.toggle("vmid", 5);
  store.toggle("domain", 1);
  assert.deepEqual(told, [["hart"], ["vmid"], ["domain"]]);
  assert.deepEqual([store.state.vmid, store.state.hart, store.state.domain], [null, 2, 1]);
});

test("counters are named in words", () => {
  const names = ["tlb_hits", "ids_assigned", "rollovers", "cycles_lost"];
  assert.deepEqual(names.map(counterName), ["TLB hits", "Ids assigned", "Roll-overs", "Cycles lost"]);
  assert.equal(counterName("hart_fences"), "Fences by SBI or IPI");
});
