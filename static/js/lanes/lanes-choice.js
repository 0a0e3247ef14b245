// @ts-check
// What choosing something of the lanes makes of the page's selection.

import { fencedVmid } from "./lanes-hit.js";

/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./lanes-types.js").Target} Target */
/** @typedef {import("../machine/page-state.js").PageState} PageState */

/** A slice's VMID and domain, the VMID that a fence names, or the domain that most of a density is of; and
 * the hart. What is selected already is let go.
 * @param {Lanes} lanes @param {Target} target
 * @param {Pick<PageState, "vmid"|"domain">} state @param {number} size how many VMIDs there are
 * @returns {Partial<PageState>} */
export function choiceOf(lanes, target, { vmid, domain }, size) {
  const lane = lanes.lanes[target.place];
  const hart = lane?.harts.length === 1 ? { hart: lane.harts[0] } : {};
  const n = target.index;
  if (target.kind === "fence") {
    const named = fencedVmid(lanes, target, size);
    return named === null ? hart : { vmid: named, ...hart };
  }
  if (target.kind === "slice" && lane?.slices) {
    const chosen = { vmid: Number(lane.slices.vmid[n]), domain: Number(lane.slices.domain[n]) };
    const again = vmid === chosen.vmid && domain === chosen.domain;
    return again ? { vmid: null, domain: null } : { ...chosen, ...hart };
  }
  const most = lane?.density?.domain[n] ?? -1;
  if (most < 0) return {};
  return domain === most ? { domain: null } : { domain: most, ...hart };
}
