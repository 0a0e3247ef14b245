import assert from "node:assert/strict";
import { test } from "node:test";

import { isUnfinished, termsOf, toggled, without } from "../../static/js/log/log-filter.js";
import { LogPages, PAGE } from "../../static/js/log/log-pages.js";
import { LogPlaces } from "../../static/js/log/log-places.js";
import { sumsText, totals } from "../../static/js/log/log-totals.js";
import {
  among,
  causeWords,
  chunks,
  groupSentence,
  groupVmids,
  groupWords,
  hartWords,
  label,
  maskHarts,
  rowWords,
  sentence,
  spreadWords,
  words,
} from "../../static/js/log/log-words.js";
import { MOST_PX, ScrollRange } from "../../static/js/log/scroll-range.js";

const nothing = {
  vmid: null,
  domain: null,
  requester: null,
  address: null,
  id: null,
  dropped: null,
  redundant: null,
  via: null,
  targets: null,
  error: null,
  hart_mask: null,
  hart_mask_base: null,
  accesses: null,
  page: null,
};
const executed = {
  ...nothing,
  seq: 9,
  at_ns: 5,
  type: "executed",
  hart: 1,
  kind: "hfence_gvma_vmid",
  scope: "vmid",
  id: 5,
  vmid: 5,
  cause: "p2m change",
  dropped: 3,
  cycles: 100,
};
const requested = {
  ...nothing,
  seq: 8,
  at_ns: 5,
  type: "requested",
  hart: 0,
  kind: "remote_hfence_gvma_vmid",
  scope: "vmid",
  via: "sbi",
  hart_mask: "0xb",
  hart_mask_base: "0x0",
  id: 5,
  vmid: 5,
  targets: 3,
  error: 0,
  cause: "reuse",
};
const hit = {
  ...nothing,
  type: "violation",
  hart: 2,
  domain: 4,
  vcpu: 1,
  kind: "cross-domain",
  accesses: 3,
  page: 18,
  vmid: 5,
  owner_domain: 1,
};

test("a filter is edited term by term, and quotes hold a term together", () => {
  const text = 'kind:fence_i cause:"world switch" vmid:0x1..0x5 cycles>=10 "two words" plain';
  assert.deepEqual(termsOf(text), [
    "kind:fence_i",
    'cause:"world switch"',
    "vmid:0x1..0x5",
    "cycles>=10",
    '"two words"',
    "plain",
  ]);
  assert.equal(toggled("", "hart:1"), "hart:1");
  assert.equal(toggled("hart:1 word", "hart:2"), "hart:1 word hart:2");
  assert.equal(toggled('x cause:"world switch" y', 'cause:"world switch"'), "x y");
  assert.equal(without('hart:1 hart:2 cause:"a b" x', 'hart:1 cause:"a b"'), "hart:2 x");
});

test("a term that waits for its value is not asked for", () => {
  for (const text of ["kind:", "x cycles>", "vmid:1..", 'cause:"world', "cycles>="])
    assert.ok(isUnfinished(text), text);
  for (const text of ["", "kind:none", 'cause:"a b"', "vmid:1..2"])
    assert.ok(!isUnfinished(text), text);
});

test("lines are told in words", () => {
  assert.equal(words(executed), "HFENCE.GVMA, VMID 5");
  assert.equal(words({ ...executed, requester: 3 }), "HFENCE.GVMA, VMID 5, asked for by hart 3");
  assert.equal(
    words({ ...executed, kind: "hfence_vvma_gva_asid", id: 2, vmid: 7, address: 18 }),
    "HFENCE.VVMA, VMID 7, ASID 2, page 0x12",
  );
  assert.equal(words({ ...executed, kind: "hfence_gvma", id: null }), "HFENCE.GVMA, all VMIDs");
  assert.equal(words({ ...executed, kind: "fence_i", id: null }), "FENCE.I");
  assert.equal(words(requested), "SBI call for HFENCE.GVMA, VMID 5 on harts 0–1, 3");
  assert.equal(
    words({ ...requested, hart_mask: null }),
    "SBI call for HFENCE.GVMA, VMID 5 on 3 harts",
  );
  assert.equal(
    words({ ...requested, via: "none", kind: "none", hart_mask: "0x0", error: -22 }),
    "Asked for a remote fence, and nothing was sent: no hart in the mask (error -22, EINVAL)",
  );
  assert.equal(
    words(hit),
    "vCPU 1 of domain 4 hit an entry of domain 1 under VMID 5, page 0x12, 3 accesses",
  );
  assert.equal(
    sentence({ ...executed, redundant: true }),
    "Event 9, fence: HFENCE.GVMA, VMID 5. It dropped no valid entry.",
  );
  assert.deepEqual([executed, requested, hit].map(label), ["fence", "request", "cross-domain"]);
});

test("a fence of booting is marked, since no counter has it", () => {
  const boot = { ...executed, cause: "boot" };
  assert.equal(causeWords(boot), "at boot, not counted");
  assert.equal(sentence(boot), "Event 9, fence: HFENCE.GVMA, VMID 5, at boot, not counted.");
  const group = { line: boot, count: 2, last_seq: 10, last_ns: boot.at_ns, redundant: 0, accesses: null };
  assert.equal(groupSentence(group), "Events 9 to 10, 2 × fence: HFENCE.GVMA, at boot, not counted.");
  assert.equal(causeWords({ ...requested, cause: "boot" }), "boot");
  assert.equal(causeWords(executed), executed.cause);
});

test("a row says a wrong hit's numbers first, and no number stands without what it counts", () => {
  assert.equal(rowWords(hit), "3 accesses · page 0x12 · vCPU 1 of domain 4 hit an entry of domain 1");
  assert.equal(rowWords(executed), words(executed));
  assert.deepEqual(chunks("943,994 accesses · 4 dropped nothing"), [
    "943,994 accesses",
    "· 4 dropped nothing",
  ]);
  assert.deepEqual(chunks("for HFENCE.GVMA, page 0x2A on harts 0–1, 3"), [
    "for",
    "HFENCE.GVMA,",
    "page 0x2A on",
    "harts 0–1,",
    "3",
  ]);
  assert.equal(hartWords({ count: 3, first: 1, last: 9, ranges: [] }), "3 harts");
  assert.equal(hartWords({ count: 2, first: 0, last: 1, ranges: [] }), "harts 0–1");
  assert.equal(hartWords({ count: 1, first: 4, last: 4, ranges: [] }), "hart 4");
});

test("a hart mask's base shifts it, and -1 means all harts", () => {
  assert.deepEqual(
    maskHarts({ ...requested, hart_mask: "0x3", hart_mask_base: "0x40" }),
    [64, 65],
  );
  for (const base of ["0xffffffffffffffff", "0xffffffff"]) {
    assert.equal(maskHarts({ ...requested, hart_mask_base: base }), null);
  }
});

test("a group says what its lines are together, and no more than it knows", () => {
  const vmids = { count: 128, first: 0xa0, last: 0x11f, ranges: [[0xa0, 0x11f]] };
  const group = { line: executed, count: 128, last_seq: 300, last_ns: 2305, redundant: 12, accesses: null, vmids };
  assert.equal(groupWords(group), "HFENCE.GVMA · 2.300 µs · 12 dropped nothing");
  assert.equal(groupVmids(group), "0x00A0–0x011F");
  assert.equal(groupVmids({ ...group, vmids: null, line: { ...executed, scope: "all" } }), "all");
  assert.equal(
    groupSentence(group),
    "Events 9 to 300, 128 × fence: HFENCE.GVMA · 2.300 µs · 12 dropped nothing.",
  );
  const sparse = { count: 3, first: 1, last: 9, ranges: [[1, 2]] };
  assert.equal(spreadWords(sparse, String), "3 in 1–9");
  assert.equal(spreadWords({ count: 1, first: 4, last: 4, ranges: [[4, 4]] }, String), "4");
  assert.deepEqual(
    [1, 2, 9].map((value) => among(sparse, value)),
    [true, true, false],
  );
  assert.equal(among(null, 1), false);
});

test("totals are the machine's counters", () => {
  const cycles = { fence_cycles: 12000, remote_fence_cycles: 300, walk_cycles: 45, cycles_lost: 12345 };
  const metrics = { local_fences: 2000, remote_fences: 500, ids_assigned: 1000, ...cycles };
  assert.deepEqual(totals(metrics), {
    local: "2,000",
    remote: "500",
    rate: "2,500.0",
    cycles: "12,345",
    parts: "fences 12,000 + remote 300 + walks 45",
  });
  assert.equal(totals({ local_fences: 1 }).rate, "–");
});

test("a list that fits is scrolled pixel for pixel", () => {
  const range = new ScrollRange();
  Object.assign(range, { count: 1000, row: 28, view: 280 });
  range.scrolled(70);
  assert.deepEqual([range.first, range.shift, range.rows], [2, 14, 11]);
  range.scrolled(1e9);
  assert.equal(range.first + range.rows, 1000);
  assert.equal(range.rest(), range.lastOffset);
});

test("a million rows fit below the browsers' limit, and every row can be reached", () => {
  const range = new ScrollRange();
  Object.assign(range, { count: 1_000_000, row: 28, view: 480 });
  assert.equal(range.height, MOST_PX);
  range.scrolled(100);
  assert.equal(range.offset, 100);
  assert.ok(range.rest() < 100);
  range.scrolled(MOST_PX / 2);
  assert.ok(Math.abs(range.first - 500_000) < 100);
  for (const row of [0, 1, 499_999, 999_998, 999_999]) {
    range.show(row);
    range.scrolled(range.rest());
    assert.ok(range.first <= row && row < range.first + range.rows, `row ${row}`);
  }
  range.scrolled(range.lastTop);
  assert.equal(range.first + range.rows, 1_000_000);
  range.scrolled(0);
  assert.equal(range.offset, 0);
});

test("opened groups stand between the others, newest first", () => {
  const places = new LogPlaces(true);
  places.length = 4;
  places.toggle(2, { first: 10, count: 3 });
  places.toggle(0, { first: 0, count: 2 });
  assert.equal(places.count, 9);
  const told = Array.from({ length: 9 }, (_, place) => {
    const { kind, index } = places.at(place);
    return `${kind} ${index}`;
  });
  assert.deepEqual(told, [
    "group 3",
    "group 2",
    "row 12",
    "row 11",
    "row 10",
    "group 1",
    "group 0",
    "row 1",
    "row 0",
  ]);
  assert.deepEqual([3, 2, 1, 0].map((group) => places.placeOf(group)), [0, 1, 5, 6]);
  assert.equal(places.placeOfMember(2, 11), 3);
  assert.equal(places.placeOfMember(0, 0), 8);
  assert.deepEqual([1, 3, 5, 7].map((place) => places.groupAt(place)), [2, 2, 1, 0]);
  places.toggle(2, { first: 10, count: 3 });
  assert.equal(places.count, 6);
});

test("rows without groups are told from the newest", () => {
  const places = new LogPlaces(false);
  places.length = 3;
  assert.deepEqual(places.at(0), { kind: "row", index: 2, member: false });
  assert.equal(places.placeOf(0), 2);
});

/** Pages over entries 0, 1, 2 …, and what was asked for. */
function numbers() {
  const asked = [];
  const pages = new LogPages(async (kind, first, count, signal) => {
    asked.push(`${kind} ${first}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (signal.aborted) throw new Error("aborted");
    return Array.from({ length: count }, (_, index) => ({ seq: first + index }));
  });
  return { pages, asked };
}

test("a page is read once, and entries of it are there then", async () => {
  const { pages, asked } = numbers();
  const wanted = [250, 251, 305].map((index) => ({ kind: "row", index }));
  assert.equal(pages.get("row", 250), undefined);
  await Promise.all([pages.need(wanted), pages.need(wanted)]);
  assert.deepEqual(asked, ["row 200", "row 300"]);
  assert.equal(pages.get("row", 305).seq, 305);
  assert.equal(await pages.need(wanted), false);
});

test("a page that is not wanted any more is given up", async () => {
  const { pages } = numbers();
  const first = pages.need([{ kind: "row", index: 0 }]);
  await pages.need([{ kind: "row", index: 5 * PAGE }]);
  await first;
  assert.equal(pages.get("row", 0), undefined);
  assert.equal(pages.get("row", 5 * PAGE).seq, 5 * PAGE);
});

test("pages that may have grown are forgotten", async () => {
  const { pages } = numbers();
  await pages.need([50, 150, 250].map((index) => ({ kind: "group", index })));
  await pages.need([{ kind: "row", index: 150 }]);
  pages.forgetFrom("group", 199);
  assert.deepEqual(
    [50, 150, 250].map((index) => pages.get("group", index) !== undefined),
    [true, false, false],
  );
  assert.ok(pages.get("row", 150));
});

test("what the lines found come to is told in words, without what there is none of", () => {
  const none = { fences: 0, redundant: 0, dropped: 0, requests: 0, wrong_accesses: 0, cycles: 0 };
  assert.equal(
    sumsText({ ...none, fences: 1025, redundant: 12, dropped: 1, requests: 1, cycles: 1_285_500 }),
    "Found: 1,025 fences, 12 of them dropped nothing · 1 entry dropped · 1 remote fence request · 1,285,500 cycles",
  );
  assert.equal(sumsText({ ...none, wrong_accesses: 36_534 }), "Found: 36,534 wrong accesses");
});
