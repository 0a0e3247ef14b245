// @ts-check
// The id space cut into bars, each with its VMIDs counted by state. No drawing here.

const MOST_BARS = 64;
const LEAST_VMIDS = 16;
const STATE_BITS = 0x07;

/** How many VMIDs a bar stands for: at most 64 bars. @param {number} size of the id space */
export function barSize(size) {
  return Math.max(LEAST_VMIDS, size / MOST_BARS);
}

/** VMIDs by state in each bar. @param {Uint8Array} cells @returns {number[][]} */
export function bars(cells) {
  const each = barSize(cells.length);
  const counts = Array.from({ length: Math.ceil(cells.length / each) }, () => new Array(8).fill(0));
  cells.forEach((byte, vmid) => {
    const bar = counts[Math.floor(vmid / each)];
    if (bar) bar[byte & STATE_BITS] += 1;
  });
  return counts;
}
