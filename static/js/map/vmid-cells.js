// @ts-check
// The map's bytes: the low three bits are a VMID's state, 0x08 says that owners share it, 0x10 that a
// hart runs a guest under it.

/** @typedef {import("../common/types.js").StateName} StateName */

/** State names by number, as the server counts them. @type {readonly StateName[]} */
export const STATES = ["free", "stale", "flushing", "assigned", "running", "reserved", "violation"];
const VIOLATION = STATES.indexOf("violation");
const STATE_BITS = 0x07;
const ALIASED = 0x08;
const IN_HGATP = 0x10;

/** @param {number} byte @returns {StateName} */
export function stateOf(byte) {
  return STATES[byte & STATE_BITS] ?? "free";
}

/** @param {number} byte */
export function isFree(byte) {
  return (byte & STATE_BITS) === 0;
}

/** @param {number} byte */
export function isViolation(byte) {
  return (byte & STATE_BITS) === VIOLATION;
}

/** Do two owners or more share the cell? @param {number} byte */
export function isAliased(byte) {
  return (byte & ALIASED) !== 0;
}

/** Does a hart run a guest under the VMID? @param {number} byte */
export function isInHgatp(byte) {
  return (byte & IN_HGATP) !== 0;
}

/** Does a guest still run under a VMID that served a wrong hit? @param {number} byte */
export function isRunningWrong(byte) {
  return isViolation(byte) && isInHgatp(byte);
}

/** State and flags in words. @param {number} byte */
export function byteText(byte) {
  const running = isRunningWrong(byte) ? ", running now" : "";
  return stateOf(byte) + running + (isAliased(byte) ? ", aliased" : "");
}

/** How many VMIDs are in each state. @param {Uint8Array} cells @returns {Record<StateName, number>} */
export function stateCounts(cells) {
  const counts = new Array(8).fill(0);
  for (const byte of cells) counts[byte & STATE_BITS] += 1;
  return /** @type {Record<StateName, number>} */ (
    Object.fromEntries(STATES.map((name, index) => [name, counts[index]]))
  );
}

/** Runs of equal bytes and, where there are, equal values: [first, length, byte].
 * @param {Uint8Array} cells @param {ArrayLike<number>} [values] @returns {[number, number, number][]} */
export function runs(cells, values = []) {
  /** @type {[number, number, number][]} */
  const found = [];
  for (let vmid = 0; vmid < cells.length; vmid += 1) {
    const byte = /** @type {number} */ (cells[vmid]);
    const last = found.at(-1);
    const same = last && last[2] === byte && values[vmid] === values[vmid - 1];
    if (last && same) last[1] += 1;
    else found.push([vmid, 1, byte]);
  }
  return found;
}

/** VMIDs whose byte is another than before; none where the size changed.
 * @param {Uint8Array} before @param {Uint8Array} after */
export function changed(before, after) {
  /** @type {number[]} */
  const vmids = [];
  if (before.length !== after.length) return vmids;
  for (let vmid = 0; vmid < after.length; vmid += 1) {
    if (before[vmid] !== after[vmid]) vmids.push(vmid);
  }
  return vmids;
}

/** VMIDs that served a wrong hit and were not fenced since. @param {Uint8Array} cells */
export function violations(cells) {
  /** @type {number[]} */
  const vmids = [];
  cells.forEach((byte, vmid) => {
    if (isViolation(byte)) vmids.push(vmid);
  });
  return vmids;
}

/** VMIDs in violation by whether somebody has them: a wrong hit says nothing about that.
 * @param {Uint8Array} cells @param {(vmid: number) => boolean} isOwned */
export function violationSorts(cells, isOwned) {
  const vmids = violations(cells);
  const live = vmids.filter(isOwned).length;
  return { all: vmids.length, live, freed: vmids.length - live };
}

/** The next VMID from `from`, in the direction of `step` and round the end, that `wanted` holds
 * for; null where there is none.
 * @param {Uint8Array} cells @param {number} from @param {1|-1} step
 * @param {(byte: number) => boolean} wanted @returns {number|null} */
export function nextWhere(cells, from, step, wanted) {
  const size = cells.length;
  for (let distance = 1; distance <= size; distance += 1) {
    const vmid = (((from + step * distance) % size) + size) % size;
    if (wanted(/** @type {number} */ (cells[vmid]))) return vmid;
  }
  return null;
}
