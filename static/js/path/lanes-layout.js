// @ts-check
// Where things are in the lanes: a lane a hart, a column a state.

/** @typedef {import("./path-types.js").PathEvent} PathEvent */
/** @typedef {import("./path-types.js").PathHart} PathHart */
/** @typedef {import("./path-types.js").PathState} PathState */

/** Columns `from` to `to`, both included.
 * @typedef {{from: number, to: number, domain: number, vcpu: number, vmid: number, guest: boolean}} Stay
 * @typedef {{from: number, to: number, waits: boolean}} Work
 * @typedef {{column: number, text: string, kind: "plain"|"fence"|"wrong"}} Mark
 * @typedef {{hart: number, stays: Stay[], work: Work[], marks: Mark[]}} Lane
 */

/** What an event is called in a lane; the first of a hart's that has a name come first.
 * @type {[string, (event: PathEvent) => string|null][]} */
const NAMES = [
  ["StaleHit", () => "! wrong"],
  ["DomainCreated", (event) => `create d${event.domain}`],
  ["DomainRefused", () => "refused"],
  ["DomainDestroyed", (event) => `destroy d${event.domain}`],
  ["PagesUnmapped", (event) => `unmap d${event.domain}`],
  ["FenceExecuted", (event) => (event.id < 0 ? "fence all" : `fence ${event.id}`)],
  ["RemoteFenceRequested", (event) => (event.via === "none" ? "not sent" : "ask")],
  ["GenerationRolledOver", (event) => `gen ${event.generation}`],
  ["VmidAssigned", (event) => `VMID ${event.vmid}`],
  ["HgatpWritten", (event) => `hgatp ${event.vmid}`],
  ["VsatpWritten", (event) => (event.value === "0x0" ? "vsatp 0" : "vsatp")],
  ["GuestExited", (event) => (event.forced ? "forced out" : "exit")],
  ["GuestEntered", () => "enter"],
  ["PagesAccessed", (event) => (event.misses ? "fill" : "hit")],
];
const MOST_MARKS = 2;

/** What happened on a hart in one step, the most telling first.
 * @param {PathState} state @param {number} hart @returns {Mark[]} */
export function marksOf(state, hart) {
  /** @type {Mark[]} */
  const found = [];
  for (const [name, words] of NAMES) {
    for (const event of state.events) {
      if (event.event !== name || (event.hart >= 0 ? event.hart : state.hart) !== hart) continue;
      const text = words(event);
      if (text === null || found.some((mark) => mark.text === text)) continue;
      const kind = name === "StaleHit" ? "wrong" : name === "FenceExecuted" ? "fence" : "plain";
      found.push({ column: state.number, text, kind });
    }
  }
  if (!found.length && state.hart === hart && state.action === "walk") {
    found.push({ column: state.number, text: "walk", kind: "plain" });
  }
  return found.slice(0, MOST_MARKS);
}

/** Runs of columns in which a hart is alike.
 * @template T @param {PathState[]} states @param {(hart: PathHart) => T|null} look
 * @param {number} place @returns {(T & {from: number, to: number})[]} */
function runs(states, place, look) {
  /** @type {(T & {from: number, to: number})[]} */
  const found = [];
  let last = "null";
  for (const state of states) {
    const hart = state.harts[place];
    const seen = hart ? look(hart) : null;
    const key = JSON.stringify(seen);
    const current = found.at(-1);
    if (seen !== null) {
      if (key === last && current) current.to = state.number;
      else found.push({ ...seen, from: state.number, to: state.number });
    }
    last = key;
  }
  return found;
}

/** @param {PathState[]} states @returns {Lane[]} */
export function lanesOf(states) {
  const harts = states[0]?.harts ?? [];
  return harts.map(({ id }, place) => ({
    hart: id,
    stays: runs(states, place, (hart) =>
      hart.vcpu
        ? { ...hart.vcpu, vmid: hart.in_guest ? (hart.hgatp.id ?? 0) : -1, guest: hart.in_guest }
        : null,
    ),
    work: runs(states, place, (hart) => (hart.todo.length ? { waits: hart.waits } : null)),
    marks: states.slice(1).flatMap((state) => marksOf(state, id)),
  }));
}
