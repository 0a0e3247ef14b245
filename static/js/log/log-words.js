// @ts-check
// A line of the log in words.

import { counted, hex, ranges } from "../common/format.js";
import { vmidOf } from "./log-filter.js";

/** @typedef {import("../common/types.js").LogItem} LogItem */
/** @typedef {import("../common/types.js").MachineEvent} MachineEvent */

const MNEMONICS = /** @type {const} */ ([
  ["hfence_gvma", "HFENCE.GVMA"],
  ["hfence_vvma", "HFENCE.VVMA"],
  ["sfence_vma", "SFENCE.VMA"],
  ["fence_i", "FENCE.I"],
]);
const MOST_HARTS = 1024;
/** A hart mask base of -1, as RV32 and RV64 registers hold it. */
const ALL_ONES = [0xffffffffn, 0xffffffffffffffffn];

/** What the fence is and what it covers: "HFENCE.GVMA, VMID 5". @param {LogItem} item */
function fenceWords(item) {
  const name = item.kind.replace(/^remote_/, "");
  const mnemonic = MNEMONICS.find(([start]) => name.startsWith(start))?.[1] ?? name;
  if (mnemonic === "FENCE.I") return mnemonic;
  return [mnemonic, scopeWords(item, name), addressWords(item)].filter(Boolean).join(", ");
}

/** @param {LogItem} item @param {string} name */
function scopeWords(item, name) {
  const id = item.id ?? -1;
  const vmid = item.vmid ?? -1;
  if (name.startsWith("hfence_gvma")) return id < 0 ? "all VMIDs" : `VMID ${id}`;
  const asid = id < 0 ? "all ASIDs" : `ASID ${id}`;
  return vmid < 0 ? asid : `VMID ${vmid}, ${asid}`;
}

/** @param {LogItem} item */
function addressWords(item) {
  const address = item.address ?? -1;
  return address < 0 ? "" : `page 0x${address.toString(16).toUpperCase()}`;
}

/** Harts of an SBI hart mask; null for all of them, which base -1 says. @param {LogItem} item */
export function maskHarts(item) {
  const base = BigInt(item.hart_mask_base ?? "0x0");
  if (ALL_ONES.includes(base)) return null;
  const mask = BigInt(item.hart_mask ?? "0x0");
  /** @type {number[]} */
  const harts = [];
  for (let bit = 0; bit < MOST_HARTS && mask >> BigInt(bit); bit += 1) {
    if ((mask >> BigInt(bit)) & 1n) harts.push(Number(base) + bit);
  }
  return harts;
}

/** @type {Record<number, string>} */
const ERRORS = { [-16]: "EBUSY", [-22]: "EINVAL", [-3]: "SBI_ERR_INVALID_PARAM" };

/** @param {LogItem} item */
function requestWords(item) {
  const error = item.error ?? 0;
  const code = `error ${error}${ERRORS[error] ? `, ${ERRORS[error]}` : ""}`;
  if (item.via === "none") {
    return `Asked for a remote fence, and nothing was sent: no hart in the mask (${code})`;
  }
  const harts = maskHarts(item);
  const targets =
    harts === null ? "all harts" : harts.length ? `harts ${ranges(harts)}` : "no hart";
  const sender = item.via === "sbi" ? "SBI call" : "IPI";
  const failed = error ? `; it failed (${code})` : "";
  return `${sender} for ${fenceWords(item)} on ${targets}${failed}`;
}

/** @param {LogItem} item */
function executedWords(item) {
  const requester = item.requester ?? -1;
  return fenceWords(item) + (requester < 0 ? "" : `, asked for by hart ${requester}`);
}

/** A wrong hit in a sentence, from the event's own fields. @param {MachineEvent} event */
export function violationSentence(event) {
  const who = `vCPU ${event.vcpu} of domain ${event.domain}`;
  const where = `under VMID ${event.vmid}, page 0x${event.page.toString(16).toUpperCase()}`;
  const times = event.accesses > 1 ? `, ${counted(event.accesses, "access", "accesses")}` : "";
  /** @type {Record<string, string>} */
  const whose = {
    "cross-domain": `an entry of domain ${event.owner_domain}`,
    "cross-vcpu": "another vCPU's entry of its own domain",
    "stale-mapping": "its own entry from before the mapping changed",
  };
  return `${who} hit ${whose[event.kind] ?? "a wrong entry"} ${where}${times}`;
}

/** What happened, as one line. @param {LogItem} item @returns {string} */
export function words(item) {
  if (item.type === "violation") return item.sentence ?? "";
  return item.type === "requested" ? requestWords(item) : executedWords(item);
}

/** One word for the kind of line, shown with its mark. @param {LogItem} item */
export function label(item) {
  if (item.type === "violation") return item.kind;
  if (item.type === "executed") return (item.requester ?? -1) < 0 ? "fence" : "remote fence";
  return item.via === "none" ? "not sent" : "request";
}

/** Everything a line shows, for free-text search. @param {LogItem} item */
export function searchText(item) {
  const named = vmidOf(item);
  const vmid = named === null ? "" : hex(named);
  const kind = item.kind === "none" ? "" : item.kind;
  return `${label(item)} ${words(item)} ${kind} ${item.cause ?? ""} ${vmid} #${item.seq}`;
}

/** The log's line for an event; null for an event that the log does not show.
 * @param {MachineEvent} event @returns {LogItem|null} */
export function itemOf(event) {
  const { event: name, fence, ...rest } = event;
  const fields = /** @type {any} */ (rest);
  if (name === "FenceExecuted") return { ...fields, type: "executed", kind: fence };
  if (name === "RemoteFenceRequested") return { ...fields, type: "requested", kind: fence };
  if (name !== "StaleHit") return null;
  return { ...fields, type: "violation", sentence: violationSentence(event) };
}

/** A wrong hit as the server lists it, as a line of the log.
 * @param {any} hit @returns {LogItem} */
export function violationItem(hit) {
  return { ...hit, type: "violation", sentence: violationSentence(hit) };
}
