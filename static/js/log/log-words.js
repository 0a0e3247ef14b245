// @ts-check
// Lines and groups of the log in words.

import { counted, duration, hex, integer, ranges } from "../common/format.js";

/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("../common/types.js").LogGroup} LogGroup */
/** @typedef {import("../common/types.js").LogSpread} LogSpread */

const MNEMONICS = /** @type {const} */ ([
  ["hfence_gvma", "HFENCE.GVMA"],
  ["hfence_vvma", "HFENCE.VVMA"],
  ["sfence_vma", "SFENCE.VMA"],
  ["fence_i", "FENCE.I"],
]);
const MOST_HARTS = 1024;
/** A hart mask base of -1, as RV32 and RV64 registers hold it. */
const ALL_ONES = [0xffffffffn, 0xffffffffffffffffn];

/** @param {string} kind */
export function mnemonic(kind) {
  const name = kind.replace(/^remote_/, "");
  return MNEMONICS.find(([start]) => name.startsWith(start))?.[1] ?? name;
}

/** What the fence is and what it covers: "HFENCE.GVMA, VMID 5". @param {LogRow} row */
function fenceWords(row) {
  const name = mnemonic(row.kind);
  if (name === "FENCE.I") return name;
  return [name, scopeWords(row, name), addressWords(row)].filter(Boolean).join(", ");
}

/** @param {LogRow} row @param {string} name */
function scopeWords(row, name) {
  if (name === "HFENCE.GVMA") return row.id === null ? "all VMIDs" : `VMID ${row.id}`;
  const asid = row.id === null ? "all ASIDs" : `ASID ${row.id}`;
  return row.vmid === null ? asid : `VMID ${row.vmid}, ${asid}`;
}

/** @param {LogRow} row */
function addressWords(row) {
  return row.address === null ? "" : `page 0x${row.address.toString(16).toUpperCase()}`;
}

/** Harts of an SBI hart mask; null for all of them, which base -1 says. @param {LogRow} row */
export function maskHarts(row) {
  const base = BigInt(row.hart_mask_base ?? "0x0");
  if (ALL_ONES.includes(base)) return null;
  const mask = BigInt(row.hart_mask ?? "0x0");
  /** @type {number[]} */
  const harts = [];
  for (let bit = 0; bit < MOST_HARTS && mask >> BigInt(bit); bit += 1) {
    if ((mask >> BigInt(bit)) & 1n) harts.push(Number(base) + bit);
  }
  return harts;
}

/** @type {Record<number, string>} */
const ERRORS = { [-16]: "EBUSY", [-22]: "EINVAL", [-3]: "SBI_ERR_INVALID_PARAM" };

/** @param {LogRow} row */
function requestWords(row) {
  const error = row.error ?? 0;
  const code = `error ${error}${ERRORS[error] ? `, ${ERRORS[error]}` : ""}`;
  if (row.via === "none") {
    return `Asked for a remote fence, and nothing was sent: no hart in the mask (${code})`;
  }
  const sender = row.via === "sbi" ? "SBI call" : "IPI";
  const failed = error ? `; it failed (${code})` : "";
  return `${sender} for ${fenceWords(row)} on ${targetWords(row)}${failed}`;
}

/** @param {LogRow} row */
function targetWords(row) {
  if (row.hart_mask === null) return counted(row.targets ?? 0, "hart");
  const harts = maskHarts(row);
  if (harts === null) return "all harts";
  return harts.length ? `harts ${ranges(harts)}` : "no hart";
}

/** @param {LogRow} row */
function executedWords(row) {
  const asked = row.requester === null ? "" : `, asked for by hart ${row.requester}`;
  return fenceWords(row) + asked;
}

/** Why a policy fenced. Fences of booting say nothing about it, so counters leave them out.
 * @param {LogRow} row */
export function causeWords(row) {
  const uncounted = row.type === "executed" && row.cause === "boot";
  return uncounted ? "at boot, not counted" : (row.cause ?? "");
}

/** @param {LogRow} row */
function because(row) {
  return row.cause === "boot" ? `, ${causeWords(row)}` : "";
}

/** @param {number|null} accesses */
function accessWords(accesses) {
  return counted(accesses ?? 1, "access", "accesses");
}

/** @param {number|null} page */
function pageWords(page) {
  return `page 0x${(page ?? 0).toString(16).toUpperCase()}`;
}

/** What a wrong hit is told from; the API's lists of violations have these fields too.
 * @typedef {{kind: string, domain: number|null, vcpu: number|null, vmid: number|null,
 *   page: number|null, accesses: number|null, owner_domain: number|null}} Hit */

/** "vCPU 0 of domain 2 hit an entry of domain 1". @param {Hit} hit */
function hitWords(hit) {
  /** @type {Record<string, string>} */
  const whose = {
    "cross-domain": `an entry of domain ${hit.owner_domain}`,
    "cross-vcpu": "another vCPU's entry of its own domain",
    "stale-mapping": "its own entry from before the mapping changed",
  };
  return `vCPU ${hit.vcpu} of domain ${hit.domain} hit ${whose[hit.kind] ?? "a wrong entry"}`;
}

/** A wrong hit in a sentence. @param {Hit} hit */
export function violationSentence(hit) {
  const times = (hit.accesses ?? 1) > 1 ? `, ${accessWords(hit.accesses)}` : "";
  return `${hitWords(hit)} under VMID ${hit.vmid}, ${pageWords(hit.page)}${times}`;
}

/** What happened, as one line. @param {LogRow} row @returns {string} */
export function words(row) {
  if (row.type === "violation") return violationSentence(row);
  return row.type === "requested" ? requestWords(row) : executedWords(row);
}

/** The same where VMID and hart have columns of their own, numbers first. @param {LogRow} row */
export function rowWords(row) {
  if (row.type !== "violation") return words(row);
  return [accessWords(row.accesses), pageWords(row.page), hitWords(row)].join(" · ");
}

/** What of a text is shown whole or not at all: its parts, if it has parts; else its words, each number
 * with what it counts. @param {string} text */
export function chunks(text) {
  const parts = text.split(" · ");
  if (parts.length > 1) return parts.map((part, n) => (n ? `· ${part}` : part));
  return text.split(/(?<=[,;:]) | (?!\d)(?<![\dA-F] (?=\p{L}))/u);
}

/** One word for the kind of line, shown with its mark. @param {LogRow} row */
export function label(row) {
  if (row.type === "violation") return row.kind;
  if (row.type === "executed") return row.requester === null ? "fence" : "remote fence";
  return row.via === "none" ? "not sent" : "request";
}

/** What a group's lines have in common, and what they are together. @param {LogGroup} group */
export function groupWords(group) {
  const row = group.line;
  const asked =
    row.type === "executed" && row.requester !== null ? `asked for by hart ${row.requester}` : "";
  const what = row.type === "violation" || row.kind === "none" ? "" : mnemonic(row.kind);
  const length = group.last_ns - row.at_ns;
  const dropped = group.redundant ? `${integer(group.redundant)} dropped nothing` : "";
  const hits = group.accesses === null ? "" : accessWords(group.accesses);
  return [what, asked, hits, length ? duration(length) : "", dropped].filter(Boolean).join(" · ");
}

/** A line in full. @param {LogRow} row */
export function sentence(row) {
  const redundant = row.redundant ? ". It dropped no valid entry" : "";
  return `Event ${integer(row.seq)}, ${label(row)}: ${words(row)}${because(row)}${redundant}.`;
}

/** A group in full. @param {LogGroup} group */
export function groupSentence(group) {
  const events = `Events ${integer(group.line.seq)} to ${integer(group.last_seq)}`;
  return `${events}, ${integer(group.count)} × ${label(group.line)}: ${groupWords(group)}${because(group.line)}.`;
}

/** Numbers of a group: "0–7", or how many of them where they do not follow each other.
 * @param {LogSpread} spread @param {(value: number) => string} text */
export function spreadWords(spread, text) {
  if (spread.count === 1) return text(spread.first);
  const range = `${text(spread.first)}–${text(spread.last)}`;
  return spread.last - spread.first + 1 === spread.count ? range : `${spread.count} in ${range}`;
}

/** Harts of a group: "hart 3", "harts 0–7", or how many where they do not follow each other.
 * @param {LogSpread} spread */
export function hartWords(spread) {
  const gaps = spread.last - spread.first + 1 !== spread.count;
  if (gaps) return counted(spread.count, "hart");
  return `${spread.count > 1 ? "harts" : "hart"} ${spreadWords(spread, String)}`;
}

/** VMIDs of a group. @param {LogGroup} group */
export function groupVmids(group) {
  if (group.vmids === null) return group.line.scope === "all" ? "all" : "";
  return spreadWords(group.vmids, hex);
}

/** Is a number among those of a group? Only what the group says for certain counts.
 * @param {LogSpread|null} spread @param {number} value */
export function among(spread, value) {
  return (spread?.ranges ?? []).some(([first, last]) => first <= value && value <= last);
}
