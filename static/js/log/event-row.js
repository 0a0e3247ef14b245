// @ts-check
// An event of the stream as the log's row for it, so that both are told in the same words.

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

/** The row of a fence, a request for fences or a wrong hit; null for any other event.
 * @param {MachineEvent} event @returns {LogRow|null} */
export function rowOf(event) {
  const type = TYPES[event.event];
  if (!type) return null;
  const row = /** @type {any} */ ({ kind: event.fence, ...event, type });
  for (const name of MAY_BE_ABSENT) if (!(row[name] >= 0)) row[name] = null;
  return row;
}
