// @ts-check
// The totals over the log, which are the machine's counters, and what the lines found come to.

import { counted, integer } from "../common/format.js";

/** @typedef {import("../common/types.js").LogSums} LogSums */

const RATE = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What the lost cycles are the sum of. */
const PARTS = /** @type {const} */ ([
  ["fences", "fence_cycles"],
  ["remote", "remote_fence_cycles"],
  ["walks", "walk_cycles"],
]);

/** The totals as text, by the name of their place. @param {import("../common/types.js").Metrics} metrics
 * @returns {Record<string, string>} */
export function totals(metrics) {
  const local = metrics.local_fences ?? 0;
  const remote = metrics.remote_fences ?? 0;
  const assigned = metrics.ids_assigned ?? 0;
  return {
    local: integer(local),
    remote: integer(remote),
    rate: assigned ? RATE.format((1000 * (local + remote)) / assigned) : "–",
    cycles: integer(metrics.cycles_lost ?? 0),
    parts: PARTS.map(([word, name]) => `${word} ${integer(metrics[name] ?? 0)}`).join(" + "),
  };
}

/** What the lines found come to, in words. Fences of booting are among them, which no total counts.
 * @param {LogSums} sums */
export function sumsText(sums) {
  const parts = [
    sums.fences ? `${counted(sums.fences, "fence")}, ${integer(sums.redundant)} of them dropped nothing` : "",
    sums.fences ? `${counted(sums.dropped, "entry", "entries")} dropped` : "",
    sums.requests ? counted(sums.requests, "remote fence request") : "",
    sums.wrong_accesses ? counted(sums.wrong_accesses, "wrong access", "wrong accesses") : "",
    sums.fences || sums.requests ? counted(sums.cycles, "cycle") : "",
  ];
  return `Found: ${parts.filter(Boolean).join(" · ")}`;
}
