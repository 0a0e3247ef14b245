// @ts-check
// What of a machine an address or a command may name, and what is said of anything else.

import { integer, ranges } from "../common/format.js";
import { parseEntry } from "../hart/tlb-layout.js";

/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("./page-state.js").PageState} PageState */

/** What is wrong with each; null: nothing. */
export class Allowed {
  /** @param {Pick<Machine, "platform"|"seq">} machine */
  constructor({ platform, seq }) {
    this.platform = platform;
    this.seq = seq;
  }

  /** @param {number} at @param {number} [latest] the newest event */
  event(at, latest = this.seq) {
    return at <= latest ? null : `Event is ${at}; 0 to ${integer(latest)} is allowed`;
  }

  /** @param {number} hart */
  hart(hart) {
    const { harts } = this.platform;
    return harts.includes(hart) ? null : `Hart is ${hart}; ${ranges(harts)} is allowed`;
  }

  /** @param {number} vmid */
  vmid(vmid) {
    const last = 2 ** Math.max(...this.platform.vmidlen) - 1;
    return vmid <= last ? null : `VMID is ${vmid}; 0 to ${last} is allowed`;
  }

  /** @param {string} text */
  entry(text) {
    const { organisation, sets, ways } = this.platform.tlb;
    const structures = organisation === "split" ? ["VS-stage", "G-stage"] : ["combined"];
    const place = parseEntry(text);
    const there =
      place && structures.includes(place.structure) && place.set < sets && place.way < ways;
    const allowed = `${structures.join(" or ")}, set 0 to ${sets - 1}, way 0 to ${ways - 1}`;
    return there ? null : `TLB entry is ${text}; structure/set/way is allowed: ${allowed}`;
  }
}

/** What an address says, without what its machine does not have, and what that was.
 * @param {PageState} state @param {Pick<Machine, "platform"|"seq">} machine
 * @returns {{state: PageState, problems: string[]}} */
export function withoutUnknown(state, machine) {
  const allowed = new Allowed(machine);
  const { at, hart, vmid, entry } = state;
  /** @type {[string|null, Partial<PageState>][]} */
  const checks = [
    [at === null ? null : allowed.event(at), { at: null }],
    [typeof hart === "number" ? allowed.hart(hart) : null, { hart: undefined }],
    [vmid === null ? null : allowed.vmid(vmid), { vmid: null }],
    [entry === "" ? null : allowed.entry(entry), { entry: "" }],
  ];
  const wrong = checks.flatMap(([problem, left]) => (problem ? [{ problem, left }] : []));
  return {
    state: Object.assign({}, state, ...wrong.map(({ left }) => left)),
    problems: wrong.map(({ problem }) => problem),
  };
}
