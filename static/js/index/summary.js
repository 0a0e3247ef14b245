// @ts-check
// A machine's summary as the first page tells it.

import { counted, integer } from "../common/format.js";
import { violationSorts } from "../map/vmid-cells.js";

const ONE_DECIMAL = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** A number of the summary as it stands on the page.
 * @param {string} name @param {number|null} value */
export function summaryText(name, value) {
  if (value === null) return "–";
  if (name === "fences_per_1000_ids") return ONE_DECIMAL.format(value);
  if (name !== "violations_total") return integer(value);
  if (value === 0) return "none";
  return `${counted(value, "access", "accesses")} served by an entry that is not theirs`;
}

/** What the legend says of ids that served a wrong hit; live and freed ones are in the numbers too.
 * @param {Uint8Array} cells @param {(vmid: number) => boolean} isOwned */
export function wrongText(cells, isOwned) {
  const { all, live, freed } = violationSorts(cells, isOwned);
  return all ? `served a wrong hit: ${live} live, ${freed} freed` : "served a wrong hit";
}

/** The bytes of a map from the runs of its JSON. @param {[number, number, number][]} runs @param {number} size */
export function cellsOf(runs, size) {
  const cells = new Uint8Array(size);
  for (const [first, length, byte] of runs) cells.fill(byte, first, first + length);
  return cells;
}
