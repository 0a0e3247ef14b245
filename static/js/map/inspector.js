// @ts-check
// The panel that says everything about one VMID: the pinned one, or the one under the pointer.

import { byId, make, setText } from "../common/dom.js";
import { duration, hex } from "../common/format.js";
import { domainName, domainSwatch, pressDomain } from "../machine/domain-mark.js";
import { FactList, textFact } from "./fact-list.js";
import { valueText } from "./map-colours.js";
import { drawLens } from "./map-lens.js";
import { onThemeChange } from "../common/theme.js";
import { isAliased, isRunningWrong, STATES, stateOf } from "./vmid-cells.js";

/** @typedef {import("./fact-list.js").Fact} Fact */
/** @typedef {import("../common/types.js").BriefHart} BriefHart */
/** @typedef {import("../common/types.js").Owner} Owner */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").StateName} StateName */
/** @typedef {import("./vmid-grid.js").Shape} Shape */

/** VMIDs of the selected domain that are named. */
const MOST_HELD = 6;

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

/** A VMID's state: on one hart, or of all together (null).
 * @param {number} byte @param {number|null} hart @returns {[string, string]} its name, and what that means */
export function stateWords(byte, hart) {
  const state = stateOf(byte);
  const name = isRunningWrong(byte) ? `${state}, running now` : state;
  return hart === null ? [name, MEANINGS[state]] : [name, `on hart ${hart}: ${MEANINGS[state]}`];
}

/** Shows a VMID's number, state, owners and harts, and a lens on its neighbours. */
export class Inspector {
  /** @param {Palette} palette @param {(domain: number) => void} select a domain, or let it go */
  constructor(palette, select) {
    this.palette = palette;
    this.select = select;
    /** The selected one. @type {number|null} */
    this.domain = null;
    this.title = byId("inspector-title", HTMLElement);
    this.state = byId("inspector-state", HTMLElement);
    this.list = new FactList(byId("inspector-facts", HTMLElement));
    this.domainLine = byId("inspector-domain", HTMLElement);
    this.domainText = byId("inspector-domain-text", HTMLElement);
    this.hint = byId("inspector-hint", HTMLElement);
    this.details = byId("inspector-details", HTMLElement);
    this.lens = byId("inspector-lens", HTMLCanvasElement);
    /** @type {Uint8Array} */
    this.cells = new Uint8Array(1);
    /** @type {Shape} */
    this.shape = { columns: 1, rows: 1 };
    /** @type {Record<string, Owner[]>} */
    this.owners = {};
    /** All of them, whichever hart the map is of. @type {BriefHart[]} */
    this.harts = [];
    /** Whose states `cells` are; null: of all harts together. @type {number|null} */
    this.hart = null;
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
    byId("inspector-domain-none", HTMLButtonElement).addEventListener("click", () => {
      if (this.domain !== null) this.select(this.domain);
      byId("inspector", HTMLElement).focus();
    });
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
    const where = this.hart === null ? "" : ` on hart ${this.hart}`;
    const parts = [`VMID ${vmid} (${hex(vmid)})`, `${stateOf(byte)}${where}`];
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
    this.renderDomain();
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
    const [name, meaning] = stateWords(byte, this.hart);
    const colon = this.hart === null ? ": " : " ";
    this.state.replaceChildren(
      make("span", { class: `swatch state-${state}`, "aria-hidden": "true" }),
      make("span", {}, make("strong", {}, name), colon, meaning),
    );
    this.list.show(this.facts(vmid, byte));
    pressDomain(this.list.element, this.domain);
    this.lens.hidden = this.shape.columns * this.shape.rows < 128;
    if (!this.lens.hidden) drawLens(this.lens, this.cells, this.shape, vmid, this.palette);
  }

  /** What is known of a VMID, by name. @param {number} vmid @param {number} byte @returns {Fact[]} */
  facts(vmid, byte) {
    const owners = this.owners[vmid] ?? [];
    const value = this.valueText(vmid);
    const running = this.runningOn(vmid);
    const perHart = this.pinned === vmid && this.bytesByHart.size > 0;
    const aliased = "aliased: ids that differ only above the implemented bits meet here";
    /** @type {(Fact|false)[]} */
    const all = [
      { name: "Owner", key: JSON.stringify(owners), nodes: () => this.ownerNodes(owners) },
      value !== "" && textFact("Shown", value),
      isAliased(byte) && {
        name: "Shared",
        key: aliased,
        nodes: () => [make("span", { class: "warning" }, aliased)],
      },
      textFact("In hgatp of", running.length ? `hart ${running.join(", ")}` : "no hart in guest mode"),
      perHart && {
        name: "On each hart",
        key: JSON.stringify([...this.bytesByHart]),
        nodes: () => [this.perHart()],
      },
    ];
    return all.filter((fact) => fact !== false);
  }

  /** @param {Owner[]} owners */
  ownerNodes(owners) {
    if (!owners.length) return ["nobody"];
    return owners.map((owner) =>
      make(
        "span",
        { class: "owner" },
        domainSwatch(owner.domain),
        domainName(owner.domain, ownerText(owner), this.select),
      ),
    );
  }

  /** The selected domain and what it has on this map. */
  renderDomain() {
    const { domain } = this;
    this.domainLine.hidden = domain === null;
    if (domain === null) return;
    const held = Object.entries(this.owners).filter(([, owners]) =>
      owners.some((owner) => owner.domain === domain),
    );
    const owner = held[0]?.[1].find((one) => one.domain === domain);
    const name = owner ? `Domain ${domain} “${owner.name}”` : `Domain ${domain}`;
    const vmids = held.slice(0, MOST_HELD).map(([vmid]) => vmid);
    const more = held.length > vmids.length ? ` and ${held.length - vmids.length} more` : "";
    const has = held.length ? `VMID ${vmids.join(", ")}${more}` : "no VMID";
    setText(this.domainText, `${name} is selected; it has ${has} on this map.`);
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
