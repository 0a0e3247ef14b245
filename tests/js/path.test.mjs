import assert from "node:assert/strict";
import { test } from "node:test";

import { bodyOf, queryOf, valuesOf } from "../../static/js/check/check-query.js";
import { headline, rateOf, twins } from "../../static/js/check/check-view.js";
import { lanesOf, marksOf } from "../../static/js/path/lanes-layout.js";
import {
  apiQuery,
  branch,
  cut,
  lengthOf,
  readAddress,
  stateOf,
  writeAddress,
} from "../../static/js/path/path-address.js";
import { entryChanges, hartChange, idChanges } from "../../static/js/path/path-diff.js";

const BOUNDS = "policy=kvm-riscv&harts=1&fault=wrong-id&fault=dropped-fence";

test("a player's address gives back what it was made of", () => {
  for (const at of [null, 0, 2]) {
    for (const path of ["", "0", "0.3.1"]) {
      const address = { bounds: BOUNDS, path, at };
      const read = readAddress(writeAddress(address));
      assert.equal(stateOf(read, lengthOf(path)), stateOf(address, lengthOf(path)));
      assert.deepEqual({ ...read, at: null }, { ...address, at: null });
    }
  }
  assert.equal(writeAddress({ bounds: "policy=a", path: "0.1", at: 2 }), "?policy=a&path=0.1");
  assert.equal(writeAddress({ bounds: "policy=a", path: "0.1", at: 1 }), "?policy=a&path=0.1&at=1");
});

test("a state that does not exist is the last one, and nonsense is no state", () => {
  assert.equal(stateOf(readAddress("?path=0.1&at=9"), 2), 2);
  for (const at of ["x", "-1", "1.5", "", "99999999"]) {
    assert.equal(readAddress(`?path=0.1&at=${at}`).at, null);
  }
});

test("the API is asked for bounds and path, and not for a state", () => {
  assert.equal(
    apiQuery(readAddress("?policy=a&at=1&path=0.1&harts=2")),
    "policy=a&harts=2&path=0.1",
  );
});

test("branching off cuts the path and appends the choice", () => {
  assert.equal(branch("0.1.2", 3, 7), "0.1.2.7");
  assert.equal(branch("0.1.2", 1, 7), "0.7");
  assert.equal(branch("0.1.2", 0, 7), "7");
  assert.equal(branch("", 0, 7), "7");
  assert.equal(cut("0.1.2", 2), "0.1");
  assert.equal(cut("", 2), "");
  assert.deepEqual(["", "5", "5.5"].map(lengthOf), [0, 1, 2]);
});

const entry = (changes = {}) => ({
  kind: "combined",
  vmid: 1,
  asid: 1,
  page: 0,
  target: 9,
  domain: 0,
  space: 0,
  filled: 3,
  stale: null,
  ...changes,
});

test("entries are the same, new, changed or dropped", () => {
  const kept = entry();
  assert.deepEqual(
    entryChanges(
      [kept, entry({ page: 1 }), entry({ vmid: 2, stale: "domain 0 is gone" })],
      [kept, entry({ vmid: 2 }), entry({ page: 3 })],
    ).map(({ change }) => change),
    ["same", "new", "changed", "dropped"],
  );
  // Dropped and filled again is another entry.
  assert.deepEqual(
    entryChanges([entry({ filled: 8 })], [kept]).map(({ change }) => change),
    ["new", "dropped"],
  );
});

test("an id changes when it is given, taken or another's", () => {
  const id = (vmid, domain) => ({ vmid, domain, vcpu: null });
  const before = [id(1, 0), id(2, 1), id(3, 2)];
  assert.deepEqual([...idChanges([id(1, 0), id(3, 5), id(4, 1)], before)].sort(), [2, 3, 4]);
});

const hart = (changes = {}) => ({
  id: 0,
  vcpu: null,
  in_guest: false,
  hgatp: { value: "0x0", id: 0 },
  vsatp: { value: "0x0", id: null },
  generation: null,
  todo: [],
  waits: false,
  ids: [],
  tlb: [],
  ...changes,
});

test("nothing is new in the first state, and later what differs", () => {
  const first = hartChange(hart({ tlb: [entry()] }), undefined);
  assert.equal(first.hgatp || first.vcpu || first.todo, false);
  assert.deepEqual(
    first.entries.map(({ change }) => change),
    ["same"],
  );
  const change = hartChange(hart({ hgatp: { value: "0x1", id: 1 }, todo: ["x"] }), hart());
  assert.deepEqual(
    [change.hgatp, change.vsatp, change.todo, change.vcpu],
    [true, false, true, false],
  );
});

const state = (number, harts, events = [], action = null) => ({
  number,
  hart: 0,
  harts,
  events,
  action,
});
const running = hart({
  vcpu: { domain: 2, vcpu: 0 },
  in_guest: true,
  hgatp: { value: "0x1", id: 1 },
});

test("lanes join the states in which a hart is alike", () => {
  const loaded = { ...running, in_guest: false, todo: ["enter"] };
  const waiting = { ...loaded, waits: true };
  const states = [hart(), loaded, waiting, running, running, hart()].map((one, n) =>
    state(n, [one]),
  );
  const [lane] = lanesOf(states);
  assert.deepEqual(
    lane.stays.map(({ from, to, guest }) => [from, to, guest]),
    [
      [1, 2, false],
      [3, 4, true],
    ],
  );
  assert.deepEqual(
    lane.work.map(({ from, to, waits }) => [from, to, waits]),
    [
      [1, 1, false],
      [2, 2, true],
    ],
  );
});

test("a wrong hit is named before all else, on its own hart alone", () => {
  const events = [
    { event: "GuestEntered", hart: 0 },
    { event: "PagesAccessed", hart: 0, misses: 0 },
    { event: "StaleHit", hart: 0 },
    { event: "FenceExecuted", hart: 1, id: -1 },
  ];
  const one = state(4, [hart(), hart({ id: 1 })], events);
  assert.deepEqual(
    marksOf(one, 0).map(({ text, kind }) => [text, kind]),
    [
      ["! wrong", "wrong"],
      ["enter", "plain"],
    ],
  );
  assert.deepEqual(
    marksOf(one, 1).map(({ text }) => text),
    ["fence all"],
  );
  assert.deepEqual(
    marksOf(state(1, [hart()], [], "walk"), 0).map(({ text }) => text),
    ["walk"],
  );
});

const USUAL = {
  policy: ["a"],
  harts: ["2"],
  depth: [""],
  unmap: ["true"],
  fault: [],
  property: ["I1", "I9"],
};

test("a check's query says the policy and what is not as usual, and is read back", () => {
  assert.equal(queryOf(USUAL, USUAL), "policy=a");
  for (const changes of [
    { harts: ["3"], unmap: ["false"] },
    { fault: ["wrong-id", "dropped-fence"], depth: ["12"] },
    { property: [] },
    { property: ["I3"] },
  ]) {
    const values = { ...USUAL, ...changes };
    assert.deepEqual(valuesOf(`?${queryOf(values, USUAL)}`, USUAL), values);
  }
  assert.deepEqual(valuesOf("?check=1&nonsense=2", USUAL), USUAL);
});

test("a check's request has numbers, switches and lists", () => {
  assert.deepEqual(bodyOf({ ...USUAL, harts: ["3"], fault: ["wrong-id"] }), {
    policy: "a",
    harts: 3,
    unmap: true,
    faults: ["wrong-id"],
    properties: ["I1", "I9"],
  });
  assert.equal(bodyOf({ ...USUAL, harts: ["three"] }).harts, "three");
});

const check = (changes = {}) => ({
  state: "done",
  seconds: 2,
  progress: { states: 1000 },
  properties: [{ name: "I1", title: "T", sentence: "S." }],
  verdict: { holds: true, complete: true, path: "", witnessed: { I1: true }, broken: null },
  ...changes,
});

test("a verdict is one line, and a property that was never put to the test is doubted", () => {
  assert.equal(headline(check()), "Holds within these bounds");
  const stopped = { ...check().verdict, complete: false };
  assert.equal(headline(check({ verdict: stopped })), "Stopped before everything was explored");
  const broken = {
    ...check().verdict,
    holds: false,
    path: "0.1",
    broken: { name: "I1", title: "T" },
  };
  assert.equal(headline(check({ verdict: broken })), "I1 T is broken in 2 steps");
  assert.equal(headline(check({ verdict: null, state: "cancelled" })), "Cancelled.");
  assert.equal(headline(check({ verdict: null, state: "running" })), "");
  assert.deepEqual(
    twins(check(), check().verdict).map(({ doubt }) => doubt),
    [false],
  );
  assert.deepEqual(
    twins(check(), { witnessed: {} }).map(({ doubt }) => doubt),
    [true],
  );
  assert.equal(rateOf(check()), "500");
  assert.equal(rateOf(check({ seconds: 0 })), "–");
});
