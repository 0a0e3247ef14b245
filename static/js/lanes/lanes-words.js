// @ts-check
// What is under the pointer, in words; a time difference and what happened in it.

import { counted, duration, integer, percent, ranges, vmidText } from "../common/format.js";

/** @typedef {import("./lanes-types.js").Lane} Lane */
/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./lanes-types.js").Target} Target */
/** @typedef {{fences: number, requests: number, assignments: number, violations: number,
 *   world_switches: number, since_ns: number, complete: boolean}} Counts */

/** @type {readonly ["fences"|"requests"|"wrong", string][]} */
const TABLES = [
  ["fences", "fences"],
  ["requests", "remote requests"],
  ["wrong", "wrong hits"],
];

/** What the lanes cannot show of the span that was read: nothing there does not mean that there was
 * nothing. @param {Lanes} lanes */
export function keptWords(lanes) {
  const parts = TABLES.filter(([table]) => lanes.since_ns[table] > lanes.from_ns).map(
    ([table, name]) => `${name} before ${duration(lanes.since_ns[table])}`,
  );
  return parts.length ? `Not kept any more, and not shown: ${parts.join(", ")}.` : "";
}

/** @param {Lane} lane */
export function laneName(lane) {
  return lane.harts.length === 1 ? `hart ${lane.harts[0]}` : `harts ${ranges(lane.harts)}`;
}

/** "hfence_gvma_vmid" -> "HFENCE.GVMA". @param {string} kind */
function mnemonic(kind) {
  const [first, second] = kind.replace(/^remote_/, "").split("_");
  return `${first}.${second ?? ""}`.toUpperCase();
}

/** @param {Lanes} lanes @param {Target} target @returns {string} */
export function targetWords(lanes, target) {
  const lane = lanes.lanes[target.place];
  if (!lane) return "";
  if (target.kind === "slice") return sliceWords(lane, target.index);
  if (target.kind === "fence") return fenceWords(lanes, lane, target.index);
  return binWords(lanes, lane, target.index);
}

/** @param {Lane} lane @param {number} n */
function sliceWords(lane, n) {
  const slices = lane.slices;
  const [start, end] = [slices?.start_ns[n], slices?.end_ns[n]];
  if (!slices || start === undefined || end === undefined) return "";
  const who = `domain ${slices.domain[n]} vCPU ${slices.vcpu[n]}`;
  const vmid = vmidText(Number(slices.vmid[n]));
  const wrong = wrongIn(lane, start, end);
  const told = wrong ? ` · ! ${counted(wrong, "batch", "batches")} with wrong hits` : "";
  return `${laneName(lane)} · VMID ${vmid} · ${who} · from ${duration(start)} for ${duration(end - start)} · event ${integer(Number(slices.seq[n]))}${told}`;
}

/** @param {Lane} lane @param {number} start @param {number} end */
function wrongIn(lane, start, end) {
  return (lane.wrong?.at_ns ?? []).filter((ns) => ns > start && ns <= end).length;
}

/** @param {Lanes} lanes @param {Lane} lane @param {number} n */
function fenceWords(lanes, lane, n) {
  const fences = lane.fences;
  if (!fences || n >= fences.seq.length) return "";
  const what = mnemonic(lanes.words[Number(fences.kind[n])] ?? "");
  const id = Number(fences.id[n]);
  const operand = id < 0 ? "all ids" : `id ${id}`;
  const cause = lanes.words[Number(fences.cause[n])] ?? "";
  const dropped = counted(Number(fences.dropped[n]), "entry", "entries");
  const price = counted(Number(fences.cycles[n]), "cycle");
  return `${laneName(lane)} · ${what}, ${operand} · ${cause} · dropped ${dropped} · ${price} · ${requestWords(lanes, fences, n)}event ${integer(Number(fences.seq[n]))} at ${duration(Number(fences.at_ns[n]))}`;
}

/** @param {Lanes} lanes @param {import("./lanes-types.js").FenceColumns} fences @param {number} n */
function requestWords(lanes, fences, n) {
  const requester = Number(fences.requester[n]);
  if (requester < 0) return "";
  const request = Number(fences.request[n]);
  const found = requestOf(lanes, request);
  const by = `asked for by hart ${requester}`;
  if (!found) return `${by} · `;
  const all = lanes.lanes.every(({ fences: read }) => read !== null);
  const done = all ? `, executed by ${fencesOf(lanes, request).length} of ${counted(found.targets, "hart")}` : "";
  return `${by} in event ${integer(request)}${done} · `;
}

/** A request by its event, where it is in what was read.
 * @param {Lanes} lanes @param {number} seq
 * @returns {{place: number, at_ns: number, targets: number}|null} */
export function requestOf(lanes, seq) {
  if (seq < 0) return null;
  for (const [place, { requests }] of lanes.lanes.entries()) {
    const n = requests ? requests.seq.indexOf(seq) : -1;
    if (!requests || n < 0) continue;
    return { place, at_ns: Number(requests.at_ns[n]), targets: Number(requests.targets[n]) };
  }
  return null;
}

/** The harts that executed a request's fences, each with its last one.
 * @param {Lanes} lanes @param {number} request @returns {{place: number, index: number}[]} */
export function fencesOf(lanes, request) {
  return lanes.lanes.flatMap(({ fences }, place) => {
    const index = fences ? fences.request.lastIndexOf(request) : -1;
    return index < 0 ? [] : [{ place, index }];
  });
}

/** @param {Lanes} lanes @param {Lane} lane @param {number} n */
function binWords(lanes, lane, n) {
  const from = edgeOf(lanes, n);
  const length = edgeOf(lanes, n + 1) - from;
  const busy = lane.density?.busy_ns[n];
  const domain = lane.density?.domain[n] ?? -1;
  const parts = [`${laneName(lane)} · from ${duration(from)} for ${duration(length)}`];
  if (busy !== undefined) parts.push(`busy ${percent(busy, length * lane.harts.length)}`);
  if (domain >= 0) parts.push(`mostly domain ${domain}`);
  const fences = lane.fence_counts?.[n];
  if (fences) parts.push(counted(fences, "fence"));
  const wrong = lane.wrong_counts?.[n];
  if (wrong) parts.push(`! ${counted(wrong, "batch", "batches")} with wrong hits`);
  return parts.join(" · ");
}

/** What a density cannot say of the selected VMID; "" where all is told.
 * @param {Lanes|null} lanes @param {number|null} vmid */
export function untoldWords(lanes, vmid) {
  if (vmid === null || !lanes?.lanes.some(({ density }) => density)) return "";
  return `where VMID ${vmid} ran cannot be told at this zoom: zoom in`;
}

/** When a pixel of a density begins. @param {Lanes} lanes @param {number} n */
export function edgeOf(lanes, n) {
  return lanes.from_ns + Math.floor((n * (lanes.to_ns - lanes.from_ns)) / lanes.bins);
}

/** The pixel of a density in which a moment lies; null outside.
 * @param {Lanes} lanes @param {number} ns @returns {number|null} */
export function binOf(lanes, ns) {
  if (ns < lanes.from_ns || ns > lanes.to_ns) return null;
  const length = Math.max(1, lanes.to_ns - lanes.from_ns);
  return Math.min(lanes.bins - 1, Math.floor(((ns - lanes.from_ns) * lanes.bins) / length));
}

/** @param {number} ns @param {Counts} counts */
export function differenceWords(ns, counts) {
  const parts = [
    counted(counts.world_switches, "world switch", "world switches"),
    counted(counts.fences, "fence"),
    counted(counts.requests, "remote request"),
    counted(counts.assignments, "VMID assigned", "VMIDs assigned"),
    counts.violations
      ? `! ${counted(counts.violations, "batch", "batches")} with wrong hits`
      : "no wrong hit",
  ];
  const missing = `; not counted in full: before ${duration(counts.since_ns)} not all is kept`;
  return `Δ ${duration(ns)}: ${parts.join(", ")}${counts.complete ? "" : missing}`;
}
