import assert from "node:assert/strict";
import { test } from "node:test";

import { parseFilter, passes, toggled, vmidOf, wantedLists } from "../../static/js/log/log-filter.js";
import { MergedPages } from "../../static/js/log/log-pages.js";
import { itemOf, maskHarts, searchText, words } from "../../static/js/log/log-words.js";

const executed = {
  seq: 9,
  event: "FenceExecuted",
  at_ns: 5,
  hart: 1,
  fence: "hfence_gvma_vmid",
  address: -1,
  id: 5,
  vmid: -1,
  cause: "p2m change",
  requester: -1,
  dropped: 3,
  cycles: 100,
};
const requested = {
  seq: 8,
  event: "RemoteFenceRequested",
  at_ns: 5,
  hart: 0,
  fence: "remote_hfence_gvma_vmid",
  via: "sbi",
  hart_mask: "0xb",
  hart_mask_base: "0x0",
  id: 5,
  targets: 3,
  error: 0,
  cause: "reuse",
  cycles: 900,
};
const hit = {
  seq: 7,
  event: "StaleHit",
  at_ns: 5,
  hart: 2,
  domain: 4,
  vcpu: 1,
  kind: "cross-domain",
  accesses: 3,
  page: 18,
  vmid: 5,
  owner_domain: 1,
  owner_space: 0,
};

test("a filter is read key by key, with quotes for spaces", () => {
  const filter = parseFilter(
    'kind:hfence_gvma cause:"world switch" hart:2 vmid:0x10 Local "two words"',
  );
  assert.deepEqual(filter, {
    kind: "hfence_gvma",
    cause: "world switch",
    hart: 2,
    vmid: 16,
    words: ["local", "two words"],
    complaints: [],
  });
});

test("what cannot be read is told and hides nothing", () => {
  const filter = parseFilter("hart:x vmid:-1 size:3");
  assert.equal(filter.complaints.length, 3);
  assert.equal(filter.hart, null);
});

test("each key lets through what it names", () => {
  const item = itemOf(executed);
  const lets = (text) => passes(item, parseFilter(text), searchText(item));
  for (const text of [
    "",
    "kind:hfence_gvma_vmid",
    'cause:"p2m change"',
    "hart:1",
    "vmid:5",
    "vmid:0x5",
    "gvma fence",
    "0x0005",
    "#9",
  ]) {
    assert.ok(lets(text), text);
  }
  for (const text of [
    "kind:hfence_gvma",
    "cause:p2m",
    "hart:0",
    "vmid:6",
    "nothing",
    "kind:violation",
  ]) {
    assert.ok(!lets(text), text);
  }
});

test("the VMID of a line is the one that the server filters by", () => {
  assert.equal(vmidOf(itemOf(executed)), 5);
  assert.equal(vmidOf(itemOf(requested)), 5);
  assert.equal(vmidOf({ ...itemOf(executed), kind: "hfence_vvma", id: 3, vmid: 7 }), 7);
  assert.equal(vmidOf({ ...itemOf(executed), kind: "hfence_gvma", id: -1 }), null);
  assert.equal(vmidOf({ ...itemOf(executed), kind: "hfence_gvma_gpa_vmid", id: 2 }), 2);
});

test("only the lists that can hold what is asked for are read", () => {
  const lists = (text) => wantedLists(parseFilter(text));
  assert.deepEqual(lists("hart:1"), { fences: true, violations: true });
  assert.deepEqual(lists("kind:violation"), { fences: false, violations: true });
  assert.deepEqual(lists("kind:cross-vcpu"), { fences: false, violations: true });
  assert.deepEqual(lists("kind:fence_i"), { fences: true, violations: false });
  assert.deepEqual(lists("cause:reuse"), { fences: true, violations: false });
});

test("a facet is set, changed and taken away", () => {
  assert.equal(toggled("", "kind", "fence_i"), "kind:fence_i");
  assert.equal(toggled("word kind:fence_i", "kind", "sfence_vma"), "word kind:sfence_vma");
  assert.equal(toggled("word kind:fence_i", "kind", "fence_i"), "word");
  assert.equal(toggled("", "cause", "world switch"), 'cause:"world switch"');
  assert.equal(toggled('cause:"world switch" x', "cause", "world switch"), "x");
});

test("lines are told in words", () => {
  assert.equal(words(itemOf(executed)), "HFENCE.GVMA, VMID 5");
  assert.equal(
    words(itemOf({ ...executed, requester: 3 })),
    "HFENCE.GVMA, VMID 5, asked for by hart 3",
  );
  assert.equal(
    words(itemOf({ ...executed, fence: "hfence_vvma_gva_asid", id: 2, vmid: 7, address: 18 })),
    "HFENCE.VVMA, VMID 7, ASID 2, page 0x12",
  );
  assert.equal(words(itemOf({ ...executed, fence: "fence_i", id: -1 })), "FENCE.I");
  assert.equal(words(itemOf(requested)), "SBI call for HFENCE.GVMA, VMID 5 on harts 0–1, 3");
  assert.equal(
    words(itemOf({ ...requested, via: "none", fence: "none", hart_mask: "0x0", error: -22 })),
    "Asked for a remote fence, and nothing was sent: no hart in the mask (error -22, EINVAL)",
  );
  assert.equal(
    words(itemOf(hit)),
    "vCPU 1 of domain 4 hit an entry of domain 1 under VMID 5, page 0x12, 3 accesses",
  );
  assert.equal(itemOf({ seq: 1, event: "GuestEntered", at_ns: 0 }), null);
});

test("a hart mask's base shifts it, and -1 means all harts", () => {
  assert.deepEqual(
    maskHarts({ ...itemOf(requested), hart_mask: "0x3", hart_mask_base: "0x40" }),
    [64, 65],
  );
  for (const base of ["0xffffffffffffffff", "0xffffffff"]) {
    assert.equal(maskHarts({ ...itemOf(requested), hart_mask_base: base }), null);
  }
});

/** Pages of two, of items with the given seqs. */
function pagesOf(seqs) {
  return async (cursor) => {
    const at = Number(cursor ?? 0);
    const items = seqs.slice(at, at + 2).map((seq) => ({ seq }));
    return { items, next_cursor: at + 2 < seqs.length ? String(at + 2) : null };
  };
}

test("two lists are read as one, newest first, and no item is lost between pages", async () => {
  const pages = new MergedPages([pagesOf([20, 15, 9, 4, 1]), pagesOf([19, 18, 17, 3])]);
  const all = () => true;
  assert.deepEqual(
    (await pages.next(3, 100, all)).map((item) => item.seq),
    [20, 19, 18],
  );
  assert.equal(pages.exhausted, false);
  assert.deepEqual(
    (await pages.next(100, 100, all)).map((item) => item.seq),
    [17, 15, 9, 4, 3, 1],
  );
  assert.equal(pages.exhausted, true);
  assert.deepEqual(await pages.next(5, 100, all), []);
});

test("looking ends after as many items as one may look at", async () => {
  const pages = new MergedPages([pagesOf([9, 8, 7, 6, 5])]);
  assert.deepEqual(await pages.next(1, 3, (item) => item.seq < 6), []);
  assert.deepEqual(
    (await pages.next(1, 3, (item) => item.seq < 6)).map((item) => item.seq),
    [5],
  );
});
