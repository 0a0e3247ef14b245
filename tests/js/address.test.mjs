import assert from "node:assert/strict";
import { test } from "node:test";

import { readState, writeState } from "../../static/js/machine/url-state.js";

const SHOWS = ["state", "owner", "generation", "age"];
const WORDS = ["kind:hfence_gvma", 'cause:"world switch"', "vmid:0x10..0x1f", "a+b", "ä & = # ?", "%41"];

/** Numbers that look random and are the same each time (mulberry32). */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Some state of a machine's page. */
function someState(next) {
  const maybe = (value) => (next(2) ? value : null);
  const pick = (list) => list[next(list.length)];
  return {
    ...readState(""),
    at: maybe(next(1e6)),
    hart: pick([undefined, null, next(1024)]),
    vmid: maybe(next(16384)),
    domain: maybe(next(20000)),
    filter: Array.from({ length: next(4) }, () => pick(WORDS)).join(" "),
    log: pick(["groups", "lines"]),
    from: maybe(next(1e9)),
    to: maybe(next(1e9)),
    a: maybe(next(1e9)),
    b: maybe(next(1e9)),
    arrows: pick([true, false]),
    show: pick(SHOWS),
    zoom: pick(["", "2x10,20"]),
    bookmark: maybe(next(1e6)),
    entry: pick(["", "combined/3/7"]),
    toggled: pick(["", "tlb-part", "lanes-table map-table"]),
  };
}

test("every state is brought back by its address", () => {
  const next = numbers(1);
  for (let round = 0; round < 2000; round += 1) {
    const state = someState(next);
    const address = writeState(state);
    assert.deepEqual(readState(address), state, address);
    assert.equal(writeState(readState(address)), address);
  }
});

test("an address says only what differs from a fresh page", () => {
  assert.equal(writeState({ ...readState(""), log: "groups", show: "state", filter: "" }), "");
  assert.equal(writeState({ ...readState(""), at: 0, hart: null }), "?at=0&hart=all");
});
