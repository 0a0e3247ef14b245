// @ts-check
// The panel that says everything about one VMID: the pinned one, or the one under the pointer.

import { byId, make, setText } from "../common/dom.js";
import { duration, hex } from "../common/format.js";
import { valueText } from "./map-colours.js";
import { drawLens } from "./map-lens.js";
import { hueOf } from "../common/palette.js";
import { onThemeChange } from "../common/theme.js";
import { isAliased, isRunningWrong, STATES, stateOf } from "./vmid-cells.js";

/** @typedef {import("../common/types.js").BriefHart} BriefHart */
/** @typedef {import("../common/types.js").Owner} Owner */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").StateName} StateName */
/** @typedef {import("./vmid-grid.js").Shape} Shape */

/** What each state means. @type {Record<StateName, string>} */
export const MEANINGS = {
  free: "nobody has it, and no TLB entry is left under it",
  stale: "nobody has it, and TLB entries under it remain",
  flushing: "a fence for it is in flight",
  assigned: "a guest has it and is not running under it",
  running: "in hgatp of a hart in guest mode",
  reserved: "never given to a guest",
  violation: "it served a wrong hit, and no fence has covered it there since",
};

/** "domain 3 “dom0”, vCPU 1". @param {Owner} owner */
export function ownerText(owner) {
  const vcpu = owner.vcpu === null ? "" : `, vCPU ${owner.vcpu}`;
  return `domain ${owner.domain} “${owner.name}”${vcpu}`;
}

/** Shows a VMID's number, state, owners and harts, and a lens on its neighbours. */
export class Inspector {
  /** @param {Palette} palette */
  constructor(palette) {
    this.palette = palette;
    this.title = byId("inspector-title", HTMLElement);
    this.state = byId("inspector-state", HTMLElement);
    this.facts = byId("inspector-facts", HTMLElement);
    this.hint = byId("inspector-hint", HTMLElement);
    this.details = byId("inspector-details", HTMLElement);
    this.lens = byId("inspector-lens", HTMLCanvasElement);
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(1);
    /** @type {Shape} */
    this.shape = { columns: 1, rows: 1 };
    /** @type {Record<string, Owner[]>} */
    this.owners = {};
    /** @type {BriefHart[]} */
    this.harts = [];
    /** What the map shows beside states, and its numbers.
     * @type {{show: import("./map-colours.js").Show, values: Float64Array}} */
    this.shownAs = { show: "state", values: new Float64Array(0) };
    /** @type {Map<number, number>} */
    this.bytesByHart = new Map();
    /** @type {number|null} */
    this.pinned = null;
    /** @type {number|null} */
    this.hovered = null;
    onThemeChange(() => this.render());
    byId("meanings", HTMLElement).replaceChildren(
      ...STATES.map((state) =>
        make(
          "div",
          {},
          make(
            "dt",
            {},
            make("span", { class: `swatch small state-${state}`, "aria-hidden": "true" }),
            state,
          ),
          make("dd", {}, MEANINGS[state]),
        ),
      ),
    );
  }

  /** The VMID shown now. */
  get shown() {
    const vmid = this.hovered ?? this.pinned;
    return vmid !== null && vmid < this.cells.length ? vmid : null;
  }

  /** One line for a screen reader. @param {number} vmid */
  describe(vmid) {
    const byte = this.cells[vmid] ?? 0;
    const parts = [`VMID ${vmid} (${hex(vmid)})`, stateOf(byte)];
    const value = this.valueText(vmid);
    if (value) parts.push(value);
    const owners = this.owners[vmid] ?? [];
    if (owners.length) parts.push(owners.map(ownerText).join(" and "));
    if (isAliased(byte)) parts.push("aliased");
    const harts = this.runningOn(vmid);
    if (harts.length)
      parts.push(`in hgatp of ${harts.length > 1 ? "harts" : "hart"} ${harts.join(", ")}`);
    return parts.join(", ");
  }

  /** "age 3.000 ms"; "" where the map shows states. @param {number} vmid */
  valueText(vmid) {
    const { show, values } = this.shownAs;
    const text = valueText(show, values[vmid] ?? -1, duration);
    return text && show !== "owner" ? `${show} ${text}` : "";
  }

  /** @param {number} vmid */
  runningOn(vmid) {
    const running = this.harts.filter((hart) => hart.in_guest && hart.hgatp.vmid === vmid);
    return running.map((hart) => hart.hart);
  }

  render() {
    const vmid = this.shown;
    this.hint.hidden = vmid !== null;
    this.details.hidden = vmid === null;
    if (vmid === null) {
      setText(this.title, "One VMID");
      this.lens.hidden = true;
      return;
    }
    const byte = this.cells[vmid] ?? 0;
    const state = stateOf(byte);
    setText(this.title, `VMID ${vmid} · ${hex(vmid)}`);
    this.state.replaceChildren(
      make("span", { class: `swatch state-${state}`, "aria-hidden": "true" }),
      make(
        "span",
        {},
        make("strong", {}, isRunningWrong(byte) ? `${state}, running now` : state),
        `: ${MEANINGS[state]}`,
      ),
    );
    this.facts.replaceChildren(...this.factRows(vmid, byte));
    this.lens.hidden = this.shape.columns * this.shape.rows < 128;
    if (!this.lens.hidden) drawLens(this.lens, this.cells, this.shape, vmid, this.palette);
  }

  /** @param {number} vmid @param {number} byte */
  factRows(vmid, byte) {
    const owners = this.owners[vmid] ?? [];
    const rows = [make("dt", {}, "Owner"), make("dd", {}, ...this.ownerNodes(owners))];
    const value = this.valueText(vmid);
    if (value) rows.push(make("dt", {}, "Shown"), make("dd", {}, value));
    if (isAliased(byte)) {
      const text = "aliased: ids that differ only above the implemented bits meet here";
      rows.push(make("dt", {}, "Shared"), make("dd", { class: "warning" }, text));
    }
    const running = this.runningOn(vmid);
    rows.push(make("dt", {}, "In hgatp of"));
    rows.push(
      make("dd", {}, running.length ? `hart ${running.join(", ")}` : "no hart in guest mode"),
    );
    if (this.pinned === vmid && this.bytesByHart.size) {
      rows.push(make("dt", {}, "On each hart"), make("dd", {}, this.perHart()));
    }
    return rows;
  }

  /** @param {Owner[]} owners */
  ownerNodes(owners) {
    if (!owners.length) return ["nobody"];
    return owners.map((owner) =>
      make(
        "span",
        { class: "owner" },
        make("span", { class: `dot hue-${hueOf(owner.domain)}` }),
        ownerText(owner),
      ),
    );
  }

  perHart() {
    const items = [...this.bytesByHart].map(([hart, byte]) => {
      const state = stateOf(byte);
      const swatch = make("span", { class: `swatch small state-${state}`, "aria-hidden": "true" });
      return make("li", {}, swatch, `hart ${hart}: ${state}`);
    });
    return make("ul", { class: "per-hart" }, ...items);
  }
}
