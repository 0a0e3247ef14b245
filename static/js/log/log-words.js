// @ts-check
// Lines and groups of the log in words.

import { counted, duration, hex, ranges } from "../common/format.js";

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
  const text = row.hart_mask_base ?? "0x0";
  if (text.startsWith("-")) return null;
  const base = BigInt(text);
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

/** What a wrong hit is told from; the API's lists of violations have these fields too.
 * @typedef {{kind: string, domain: number|null, vcpu: number|null, vmid: number|null,
 *   page: number|null, accesses: number|null, owner_domain: number|null}} Hit */

/** A wrong hit in a sentence. @param {Hit} hit */
export function violationSentence(hit) {
  const who = `vCPU ${hit.vcpu} of domain ${hit.domain}`;
  const where = `under VMID ${hit.vmid}, page 0x${(hit.page ?? 0).toString(16).toUpperCase()}`;
  const accesses = hit.accesses ?? 1;
  const times = accesses > 1 ? `, ${counted(accesses, "access", "accesses")}` : "";
  /** @type {Record<string, string>} */
  const whose = {
    "cross-domain": `an entry of domain ${hit.owner_domain}`,
    "cross-vcpu": "another vCPU's entry of its own domain",
    "stale-mapping": "its own entry from before the mapping changed",
  };
  return `${who} hit ${whose[hit.kind] ?? "a wrong entry"} ${where}${times}`;
}

/** What happened, as one line. @param {LogRow} row @returns {string} */
export function words(row) {
  if (row.type === "violation") return violationSentence(row);
  return row.type === "requested" ? requestWords(row) : executedWords(row);
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
  const dropped = group.redundant ? `${counted(group.redundant, "fence")} dropped nothing` : "";
  const hits = group.accesses === null ? "" : counted(group.accesses, "access", "accesses");
  return [what, asked, hits, length ? duration(length) : "", dropped].filter(Boolean).join(" · ");
}

/** Numbers of a group: "0–7", or how many of them where they do not follow each other.
 * @param {LogSpread} spread @param {(value: number) => string} text */
export function spreadWords(spread, text) {
  if (spread.count === 1) return text(spread.first);
  const range = `${text(spread.first)}–${text(spread.last)}`;
  return spread.last - spread.first + 1 === spread.count ? range : `${spread.count} in ${range}`;
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
