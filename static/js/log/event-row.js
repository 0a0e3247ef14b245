// @ts-check
// An event of the stream as the log's row for it, so that both are told in the same words.

import { counted } from "../common/format.js";

/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("../common/types.js").MachineEvent} MachineEvent */

/** Fields that are -1 in an event, and null in a row, where there is none. */
const MAY_BE_ABSENT = ["address", "id", "vmid", "requester"];
/** @type {Record<string, LogRow["type"]>} */
const TYPES = {
  FenceExecuted: "executed",
  RemoteFenceRequested: "requested",
  StaleHit: "violation",
};
/** @type {Record<string, string>} */
const WHOSE = {
  "cross-vcpu": "another vCPU's entry of its own domain",
  "stale-mapping": "its own entry from before the mapping changed",
};

/** The row of a fence, a request for fences or a wrong hit; null for any other event.
 * @param {MachineEvent} event @returns {LogRow|null} */
export function rowOf(event) {
  const type = TYPES[event.event];
  if (!type) return null;
  const row = /** @type {any} */ ({ kind: event.fence, ...event, type });
  for (const name of MAY_BE_ABSENT) if (!(row[name] >= 0)) row[name] = null;
  if (type === "violation") row.sentence = violationSentence(event);
  return row;
}

/** A wrong hit in a sentence, from the event's own fields. @param {MachineEvent} event */
function violationSentence(event) {
  const who = `vCPU ${event.vcpu} of domain ${event.domain}`;
  const where = `under VMID ${event.vmid}, page 0x${event.page.toString(16).toUpperCase()}`;
  const times = event.accesses > 1 ? `, ${counted(event.accesses, "access", "accesses")}` : "";
  return `${who} hit ${WHOSE[event.kind] ?? `an entry of domain ${event.owner_domain}`} ${where}${times}`;
}
