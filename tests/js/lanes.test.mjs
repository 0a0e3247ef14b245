import assert from "node:assert/strict";
import { test } from "node:test";

import { choiceOf } from "../../static/js/lanes/lanes-choice.js";
import { beside, fenceBySeq, fencedVmid, placeAt, placeOfHart, seqOf, standingAt, targetAt, timesOf } from "../../static/js/lanes/lanes-hit.js";
import { AXIS, eachBox, fenceAt, fenceBox, fenceStarts, GUTTER, labelOf, laneAt, rowsFor, sliceAt, wrongBoxes } from "../../static/js/lanes/lanes-layout.js";
import { paint } from "../../static/js/lanes/lanes-painter.js";
import { LanesView } from "../../static/js/lanes/lanes-view.js";
import { binOf, differenceWords, edgeOf, fencesOf, keptWords, requestOf, targetWords, untoldWords } from "../../static/js/lanes/lanes-words.js";
import { between, marked, NO_MARKERS } from "../../static/js/lanes/markers.js";
import { centred, lengthOf, moved, SHORTEST_NS, tickText, ticks, timeOf, within, xOf, zoomed } from "../../static/js/lanes/time-span.js";

const BOUNDS = { from: 0, to: 1_000_000 };
const SLICES = {
  start_ns: [0, 100, 100, 500],
  end_ns: [100, 100, 400, 900],
  seq: [3, 7, 9, 20],
  domain: [1, 2, 2, 1],
  vcpu: [0, 0, 0, 0],
  vmid: [5, 6, 6, 5],
};
const FENCES = {
  at_ns: [100, 100, 500],
  seq: [5, 6, 19],
  cycles: [30, 20, 10],
  kind: [0, 0, 0],
  cause: [1, 1, 1],
  id: [5, -1, 6],
  requester: [-1, 1, 1],
  request: [-1, 4, 18],
  dropped: [1, 2, 3],
};
const NOTHING = { at_ns: [], seq: [], cycles: [], kind: [], cause: [], id: [], targets: [], error: [] };
const REQUESTS = { ...NOTHING, at_ns: [100], seq: [4], cycles: [9], kind: [0], cause: [1], id: [-1], targets: [2], error: [0] };
const NO_WRONG = { at_ns: [], seq: [], kind: [], vmid: [], domain: [], owner_domain: [], accesses: [] };
const COUNTED = { density: null, fence_counts: null, request_counts: null, wrong_counts: null };
const LANES = {
  seq: 30,
  begin_ns: 0,
  since_ns: { fences: 0, requests: 0, wrong: 0 },
  end_ns: 1000,
  from_ns: 0,
  to_ns: 1000,
  bins: 100,
  words: ["hfence_gvma_vmid", "roll-over"],
  lanes: [
    { harts: [0], slices: SLICES, fences: FENCES, requests: NOTHING, wrong: { ...NO_WRONG, at_ns: [400] }, ...COUNTED },
    { harts: [1], slices: { ...SLICES, start_ns: [], end_ns: [], seq: [] }, fences: { ...FENCES, seq: [8], at_ns: [100], cycles: [50], request: [4] }, requests: REQUESTS, wrong: NO_WRONG, ...COUNTED },
  ],
};
const scene = (lanes = LANES, span = { from: 0, to: 1000 }) => ({
  lanes,
  starts: lanes.lanes.map(({ fences }) => (fences ? fenceStarts(fences) : new Float64Array(0))),
  span,
  width: GUTTER + 1000,
  height: 200,
  scroll: 0,
  rows: rowsFor(false),
});

test("wrong hits that fall into one box are counted in it", () => {
  const alone = wrongBoxes([[100, 1], [140, 1]], 1000);
  assert.deepEqual(alone, [{ x: 88, wide: 12, text: "!" }, { x: 128, wide: 12, text: "!" }]);
  assert.deepEqual(wrongBoxes([[100, 1], [105, 1], [118, 1], [140, 1]], 1000), [
    { x: 88, wide: 19, text: "!3" },
    { x: 128, wide: 12, text: "!" },
  ]);
  assert.deepEqual(wrongBoxes([[500, 40]], 1000), [{ x: 488, wide: 25, text: "!40" }]);
  assert.deepEqual(wrongBoxes([[-3, 1], [5, 1], [6, 1]], 1000), [{ x: 0, wide: 19, text: "!2" }]);
  assert.deepEqual(wrongBoxes([[980, 1], [999, 1], [1000, 1], [1003, 1]], 1000), [
    { x: 968, wide: 12, text: "!" },
    { x: 981, wide: 19, text: "!2" },
  ]);
  assert.deepEqual(wrongBoxes([[985, 1], [999, 1], [1000, 9]], 1000), [{ x: 973, wide: 25, text: "!11" }]);
});

test("the flags of markers stand above the times of the axis", () => {
  const texts = [];
  const context = new Proxy({}, {
    get: (kept, name) => kept[name] ?? ((...args) => name === "fillText" && texts.push(args)),
    set: (kept, name, value) => ((kept[name] = value), true),
  });
  const colours = new Proxy({ hues: [], onHue: [] }, { get: (kept, name) => kept[name] ?? "#000000" });
  const picture = { ...scene(), colours, chosen: { vmid: null, domain: null }, hart: null, target: null };
  paint(context, { ...picture, markers: { a: 0, b: 200 }, at_ns: null, arrows: false }, "sans");
  const flags = texts.filter(([text]) => text === "A" || text === "B").map(([, , y]) => y);
  const times = texts.filter(([text, , y]) => / ns$/.test(text) && y < AXIS).map(([, , y]) => y);
  assert.equal(flags.length, 2);
  assert.ok(times.length > 1 && Math.min(...times) - Math.max(...flags) >= 12);
});

test("zooming leaves the moment under the pointer where it is", () => {
  let span = BOUNDS;
  for (const factor of [0.5, 0.1, 0.9, 0.01]) {
    const before = xOf(123_456, span, 800);
    span = zoomed(span, factor, 123_456, BOUNDS);
    assert.ok(Math.abs(xOf(123_456, span, 800) - before) < 800 / lengthOf(span) + 1e-6);
  }
  assert.deepEqual(zoomed(span, 1e9, 5, BOUNDS), BOUNDS);
  assert.equal(lengthOf(zoomed(span, 0, 5, BOUNDS)), SHORTEST_NS);
});

test("a span never leaves its bounds and keeps its length", () => {
  const span = { from: 400_000, to: 500_000 };
  assert.deepEqual(moved(span, 1e9, BOUNDS), { from: 900_000, to: 1_000_000 });
  assert.deepEqual(moved(span, -1e9, BOUNDS), { from: 0, to: 100_000 });
  assert.deepEqual(centred(span, 10, BOUNDS), { from: 0, to: 100_000 });
  assert.deepEqual(within({ from: -5, to: 2e6 }, BOUNDS), BOUNDS);
  assert.equal(timeOf(xOf(450_000, span, 777), span, 777), 450_000);
});

test("ticks are round, as far apart as they can be read, and told apart", () => {
  for (const span of [BOUNDS, { from: 4_452_333_000, to: 4_452_333_020 }, { from: 17, to: 9e9 }]) {
    const { step, times } = ticks(span, 1200);
    assert.ok(times.length >= 2 && times.length <= 13, `${times.length}`);
    assert.ok(times.every((ns) => ns >= span.from && ns <= span.to));
    assert.equal(new Set(times.map((ns) => tickText(ns, step))).size, times.length);
  }
  assert.equal(tickText(12_345_000, 1000), "12.345 ms");
  assert.equal(tickText(2_000_000, 1_000_000), "2 ms");
  assert.equal(tickText(0, 5), "0 ns");
});

test("boxes are where slices are, never nothing, and one a pixel", () => {
  const found = [];
  eachBox(SLICES, { from: 0, to: 1000 }, 100, (...box) => found.push(box));
  assert.deepEqual(found, [[0, 0, 10], [1, 10, 1], [2, 11, 29], [3, 50, 40]]);
  const cut = [];
  eachBox(SLICES, { from: 200, to: 600 }, 400, (...box) => cut.push(box));
  assert.deepEqual(cut, [[2, 0, 200], [3, 300, 100]]);
  const many = { start_ns: [], end_ns: [] };
  for (let n = 0; n < 1e5; n += 1) {
    many.start_ns.push(n * 10);
    many.end_ns.push(n * 10 + 10);
  }
  let boxes = 0;
  eachBox(many, BOUNDS, 500, () => (boxes += 1));
  assert.equal(boxes, 500);
});

test("a label is there when it fits", () => {
  assert.equal(labelOf(1837, 60, 6.4), "1837");
  assert.equal(labelOf(1837, 31, 6.4), "");
});

test("fences of one instant stand one behind another, each as long as its price", () => {
  assert.deepEqual([...fenceStarts(FENCES)], [100, 130, 500]);
  assert.deepEqual(fenceBox(130, 20, { from: 0, to: 1000 }, 1000), [130, 20]);
  assert.deepEqual(fenceBox(130, 20, { from: 0, to: 1e6 }, 1000), [0, 3]);
});

test("a place of the picture is a slice, a fence below it, or nothing", () => {
  assert.deepEqual(laneAt(25, rowsFor(false), 4), { place: 0, below: true });
  assert.equal(laneAt(125, rowsFor(false), 4), null);
  const here = scene();
  assert.deepEqual(targetAt(here, GUTTER + 200, AXIS + 5), { place: 0, kind: "slice", index: 2 });
  assert.deepEqual(targetAt(here, GUTTER + 140, AXIS + 24), { place: 0, kind: "fence", index: 1 });
  assert.equal(targetAt(here, GUTTER + 450, AXIS + 5), null);
  assert.equal(targetAt(here, 5, AXIS + 5), null);
  assert.equal(placeAt(here, 3), null);
  assert.equal(sliceAt(SLICES, 950, here.span, 1000), null);
  assert.equal(fenceAt(FENCES, fenceStarts(FENCES), 300, here.span, 1000), null);
  const dense = { ...LANES, lanes: [{ ...LANES.lanes[0], slices: null, fences: null, density: { busy_ns: Array(100).fill(7), domain: Array(100).fill(3) }, fence_counts: Array(100).fill(2) }] };
  const bin = targetAt(scene(dense), GUTTER + 455, AXIS + 24);
  assert.deepEqual(bin, { place: 0, kind: "bin", index: 45 });
  assert.equal(
    targetWords(dense, bin),
    "hart 0 · from 450 ns for 10 ns · busy 70.00 % · mostly domain 3 · 2 fences",
  );
});

test("walking goes from slice to slice and from hart to hart, and stops at the ends", () => {
  const here = scene();
  const first = standingAt(here, 0, 50);
  assert.deepEqual(first, { place: 0, kind: "slice", index: 0 });
  assert.equal(beside(here, first, 0, 1).index, 1);
  assert.equal(beside(here, first, 0, -1).index, 0);
  assert.equal(beside(here, first, 0, 99).index, 3);
  assert.deepEqual(beside(here, first, 1, 0), first, "hart 1 has no slice");
  assert.deepEqual(timesOf(LANES, first), { from: 0, to: 100 });
  assert.equal(seqOf(LANES, first), 3);
  assert.deepEqual(fenceBySeq(LANES, 19), { place: 0, kind: "fence", index: 2 });
});

test("a request is found with the fences that were executed for it", () => {
  assert.deepEqual(requestOf(LANES, 4), { place: 1, at_ns: 100, targets: 2 });
  assert.equal(requestOf(LANES, -1), null);
  assert.deepEqual(fencesOf(LANES, 4), [{ place: 0, index: 1 }, { place: 1, index: 0 }]);
});

test("slices and fences are told in words", () => {
  assert.equal(
    targetWords(LANES, { place: 0, kind: "slice", index: 2 }),
    "hart 0 · VMID 6 (0x0006) · domain 2 vCPU 0 · from 100 ns for 300 ns · event 9 · ! 1 batch with wrong hits",
  );
  assert.equal(
    targetWords(LANES, { place: 0, kind: "fence", index: 1 }),
    "hart 0 · HFENCE.GVMA, all ids · roll-over · dropped 2 entries · 20 cycles · asked for by hart 1 in event 4, executed by 2 of 2 harts · event 6 at 100 ns",
  );
});

test("pixels of a density have the edges that the server says", () => {
  const lanes = { ...LANES, from_ns: 7, to_ns: 1000, bins: 13 };
  for (let n = 0; n < 13; n += 1) {
    assert.equal(edgeOf(lanes, n), 7 + Math.floor((n * 993) / 13));
    assert.equal(binOf(lanes, edgeOf(lanes, n) + 1), n);
  }
  assert.equal(binOf(lanes, 6), null);
  assert.equal(binOf(lanes, 1000), 12);
});

test("the third marker is a new first one, and the difference has no direction", () => {
  let markers = marked(NO_MARKERS, 70.4);
  assert.equal(between(markers), null);
  markers = marked(markers, 20);
  assert.deepEqual(between(markers), { from: 20, to: 70 });
  assert.deepEqual(marked(markers, 5), { a: 5, b: null });
  const counts = {
    fences: 1, requests: 0, assignments: 2, violations: 0, world_switches: 3, since_ns: 0, complete: true,
  };
  const words = "Δ 1.500 µs: 3 world switches, 1 fence, 0 remote requests, 2 VMIDs assigned, no wrong hit";
  assert.equal(differenceWords(1500, counts), words);
  assert.equal(
    differenceWords(1500, { ...counts, since_ns: 40, complete: false }),
    `${words}; not counted in full: before 40 ns not all is kept`,
  );
});

test("what the lanes do not know is said", () => {
  assert.equal(keptWords(LANES), "");
  const lanes = { ...LANES, since_ns: { fences: 700, requests: 0, wrong: 900 } };
  assert.equal(
    keptWords(lanes),
    "Not kept any more, and not shown: fences before 700 ns, wrong hits before 900 ns.",
  );
  assert.equal(keptWords({ ...lanes, from_ns: 900 }), "");
});

test("a view shows everything until somebody zooms, and then follows the live end in sight", () => {
  const view = new LanesView(null);
  view.grow({ from: 0, to: 1000 });
  assert.deepEqual(view.span, { from: 0, to: 1000 });
  assert.deepEqual(view.query(800, null), { from_ns: 0, to_ns: null, width: 800, harts: null });
  view.grow({ from: 0, to: 2000 });
  assert.deepEqual(view.span, { from: 0, to: 2000 });
  view.zoom(0.5, 2000);
  assert.deepEqual([view.span, view.follows], [{ from: 1000, to: 2000 }, true]);
  view.grow({ from: 0, to: 2500 });
  assert.deepEqual(view.span, { from: 1500, to: 2500 });
  view.pan(-500);
  view.grow({ from: 0, to: 9000 });
  assert.deepEqual([view.span, view.follows], [{ from: 1000, to: 2000 }, false]);
  assert.deepEqual(view.query(800, [0, 3]), { from_ns: 500, to_ns: 2500, width: 1600, harts: "0,3" });
  view.zoom(100, 0);
  assert.deepEqual([view.inAddress, view.follows], [null, true]);
});

test("a view from the address is kept, and follows if it reaches the end", () => {
  const past = new LanesView({ from: 10, to: 200 });
  past.grow({ from: 0, to: 1000 });
  assert.deepEqual([past.inAddress, past.follows], [{ from: 10, to: 200 }, false]);
  assert.deepEqual(new LanesView({ from: 700, to: 1000 }).query(100, null), {
    from_ns: 550, to_ns: 1150, width: 200, harts: null,
  });
  const live = new LanesView({ from: 700, to: 1000 });
  live.grow({ from: 0, to: 1000 });
  live.grow({ from: 0, to: 1100 });
  assert.deepEqual(live.inAddress, { from: 800, to: 1100 });
});

test("what was read is enough while it covers the view as exactly as it can be shown", () => {
  const view = new LanesView({ from: 100, to: 300 });
  view.grow({ from: 0, to: 1000 });
  assert.ok(view.isIn(LANES));
  const dense = { ...LANES, lanes: [{ ...LANES.lanes[0], slices: null }] };
  assert.ok(!view.isIn(dense));
  view.show({ from: 100, to: 600 });
  assert.ok(view.isIn(dense));
  assert.ok(!view.isIn({ ...LANES, to_ns: 500 }));
});

const NONE = { vmid: null, domain: null };

test("a fence selects its hart, and the VMID where it names one", () => {
  const words = ["hfence_gvma_vmid", "hfence_vvma_asid"];
  const fences = { ...FENCES, kind: [0, 0, 1], id: [13, -1, 6] };
  const lanes = { ...LANES, words, lanes: [{ ...LANES.lanes[0], harts: [3], fences }] };
  const fence = (index) => ({ place: 0, kind: "fence", index });
  assert.equal(fencedVmid(lanes, fence(0), 8), 13 % 8);
  assert.deepEqual(choiceOf(lanes, fence(0), NONE, 8), { vmid: 5, hart: 3 });
  assert.deepEqual(choiceOf(lanes, fence(1), NONE, 8), { hart: 3 }, "all VMIDs");
  assert.deepEqual(choiceOf(lanes, fence(2), NONE, 8), { hart: 3 }, "an ASID is no VMID");
});

test("a slice or a density that is chosen again is let go", () => {
  const slice = { place: 0, kind: "slice", index: 0 };
  const slices = { ...LANES, lanes: [{ ...LANES.lanes[0], harts: [0], slices: SLICES }] };
  assert.deepEqual(choiceOf(slices, slice, NONE, 8), { vmid: 5, domain: 1, hart: 0 });
  assert.deepEqual(choiceOf(slices, slice, { vmid: 5, domain: 1 }, 8), NONE);
  const density = { busy_ns: [5, 5], domain: [4, -1] };
  const dense = { ...LANES, lanes: [{ ...LANES.lanes[0], harts: [0, 1], slices: null, density }] };
  const bin = (index) => ({ place: 0, kind: "bin", index });
  assert.deepEqual(choiceOf(dense, bin(0), NONE, 8), { domain: 4 });
  assert.deepEqual(choiceOf(dense, bin(0), { vmid: 2, domain: 4 }, 8), { domain: null });
  assert.deepEqual(choiceOf(dense, bin(1), NONE, 8), {});
});

test("a density says that it cannot tell where a VMID ran", () => {
  const density = { busy_ns: [5], domain: [4] };
  const dense = { ...LANES, lanes: [{ ...LANES.lanes[0], harts: [4, 5], slices: null, density }] };
  assert.match(untoldWords(dense, 9), /VMID 9 .*cannot be told/);
  assert.equal(untoldWords(dense, null), "");
  assert.equal(untoldWords({ ...LANES, lanes: [{ ...LANES.lanes[0], density: null }] }, 9), "");
  assert.equal(placeOfHart(dense, 5), 0);
  assert.equal(placeOfHart(dense, 6), null);
});
