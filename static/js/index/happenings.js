// @ts-check
// What has just happened on a machine, one line a kind, slow enough to be read.

import { make, setText } from "../common/dom.js";
import { counted } from "../common/format.js";
import { rowOf } from "../log/event-row.js";
import { words } from "../log/log-words.js";

/** @typedef {import("../common/types.js").MachineEvent} MachineEvent */

/** Lines in the order in which they stand. */
const KINDS = /** @type {const} */ (["Guest", "On a hart", "VMID", "Fence", "Wrong hit"]);
/** @typedef {typeof KINDS[number]} Kind */

const HOLD_MS = 700;

/** @param {MachineEvent} event @returns {{kind: Kind, text: string}|null} null: it is not told */
export function happening(event) {
  switch (event.event) {
    case "DomainCreated":
      return told("Guest", `domain ${event.domain} is created, ${counted(event.vcpus, "vCPU")}`);
    case "DomainDestroyed":
      return told("Guest", `domain ${event.domain} is destroyed`);
    case "GuestEntered":
      return told("On a hart", `hart ${event.hart} runs ${vcpu(event)} under VMID ${event.vmid}`);
    case "VmidAssigned":
      return told("VMID", `VMID ${event.vmid} is given to ${vcpu(event)}`);
    case "VmidReleased":
      return told("VMID", `VMID ${event.vmid} is taken back from domain ${event.domain}`);
    case "GenerationRolledOver":
      return told("VMID", `the ids have run out: generation ${event.generation} begins`);
    case "StaleHit":
      return told("Wrong hit", words(/** @type {any} */ (rowOf(event))));
    case "RemoteFenceRequested":
    case "FenceExecuted":
      return told("Fence", `hart ${event.hart}: ${words(/** @type {any} */ (rowOf(event)))}`);
    default:
      return null;
  }
}

/** @param {Kind} kind @param {string} text */
function told(kind, text) {
  return { kind, text };
}

/** @param {MachineEvent} event */
function vcpu({ domain, vcpu: index }) {
  return index === undefined || index < 0 ? `domain ${domain}` : `vCPU ${index} of domain ${domain}`;
}

/** The lines under a running machine. */
export class Happenings {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.lines = new Map(KINDS.map((kind) => [kind, make("dd", {}, "nothing lately")]));
    for (const [kind, line] of this.lines) list.append(make("div", {}, make("dt", {}, kind), line));
    /** @type {Map<Kind, string>} */
    this.newest = new Map();
    this.waiting = false;
  }

  /** @param {MachineEvent[]} events */
  add(events) {
    for (const event of events) {
      const found = happening(event);
      if (found) this.newest.set(found.kind, found.text);
    }
    if (this.waiting || !this.newest.size) return;
    this.waiting = true;
    this.show();
    setTimeout(() => {
      this.waiting = false;
      this.add([]);
    }, HOLD_MS);
  }

  show() {
    for (const [kind, text] of this.newest) {
      const line = this.lines.get(kind);
      if (line) setText(line, text);
    }
    this.newest.clear();
  }
}
