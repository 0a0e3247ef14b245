// @ts-check
// One hart looked at closely: its TLB and its registers.

import { byId, make, setText } from "../common/dom.js";
import { counted, integer } from "../common/format.js";
import { hueOf } from "../common/palette.js";
import { RegisterPanel } from "./register-view.js";
import { TlbEntryView } from "./tlb-entry.js";
import { TlbGrid } from "./tlb-grid.js";
import { layoutOf, parseEntry, WINDOW_SETS } from "./tlb-layout.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").TlbEntry} TlbEntry */
/** @typedef {import("../common/types.js").TlbView} TlbView */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

const MOST_ROWS = 512;
const MOST_OWNERS = 8;

export class HartPanel {
  /** @param {number[]} harts @param {Palette} palette @param {PageStore} store
   * @param {MachineSource} source @param {() => void} changed something else is to be read */
  constructor(harts, palette, store, source, changed) {
    this.harts = harts;
    this.store = store;
    this.source = source;
    this.changed = changed;
    this.firstSet = 0;
    /** @type {TlbView|null} */
    this.tlb = null;
    this.grid = new TlbGrid(palette, (set, way) => this.choose(set, way));
    this.entry = new TlbEntryView(store);
    const address = (/** @type {string} */ path) => source.path(`/harts/${this.hart}/registers${path}`);
    this.registers = /** @type {const} */ (["hgatp", "vsatp"]).map(
      (name) => new RegisterPanel(byId(`register-${name}`, HTMLElement), name, address),
    );
    this.chooser = byId("hart-choice", HTMLSelectElement);
    this.structures = byId("tlb-structure", HTMLSelectElement);
    this.tlbPart = byId("tlb-part", HTMLDetailsElement);
    this.registerPart = byId("register-part", HTMLDetailsElement);
    this.table = byId("tlb-table", HTMLDetailsElement);
    this.listen();
    store.subscribe((keys) => {
      if (keys.has("hart")) this.firstSet = 0;
      if (keys.has("vmid") || keys.has("entry")) this.draw();
    });
  }

  listen() {
    this.chooser.replaceChildren(
      ...this.harts.map((hart) => make("option", { value: hart }, `${hart}`)),
    );
    this.chooser.addEventListener("change", () => {
      this.store.set({ hart: Number(this.chooser.value) });
    });
    this.structures.addEventListener("change", () => {
      this.store.set({ entry: `${this.structures.value}/${this.firstSet}/0` });
    });
    for (const part of [this.tlbPart, this.registerPart]) {
      part.addEventListener("toggle", () => this.changed());
    }
    this.table.addEventListener("toggle", () => this.draw());
    const turn = (/** @type {number} */ by) => () => {
      this.firstSet = Math.max(0, Math.min((this.tlb?.sets ?? 1) - 1, this.firstSet + by));
      this.changed();
    };
    byId("tlb-before", HTMLButtonElement).addEventListener("click", turn(-WINDOW_SETS));
    byId("tlb-after", HTMLButtonElement).addEventListener("click", turn(WINDOW_SETS));
  }

  /** The page's hart, or the first where all are shown together. */
  get hart() {
    const { hart } = this.store.state;
    return typeof hart === "number" && this.harts.includes(hart) ? hart : (this.harts[0] ?? 0);
  }

  /** The place that is explained, where the TLB has it. */
  get place() {
    const place = parseEntry(this.store.state.entry);
    const { tlb } = this;
    if (!place || !tlb) return null;
    const there =
      tlb.structures.includes(place.structure) && place.set < tlb.sets && place.way < tlb.ways;
    return there ? place : null;
  }

  get structure() {
    return this.place?.structure ?? this.tlb?.structures[0] ?? "";
  }

  /** @param {number} set @param {number} way */
  choose(set, way) {
    this.store.set({ entry: `${this.structure}/${set}/${way}` });
  }

  /** Read what is open to be seen. */
  async read() {
    const { hart } = this;
    const base = `/harts/${hart}`;
    this.chooser.value = String(hart);
    setText(byId("hart-number", HTMLElement), String(hart));
    if (this.tlbPart.open) {
      const window = { first_set: this.firstSet, sets: WINDOW_SETS };
      this.tlb = await this.source.get(`${base}/tlb`, window);
      this.draw();
      const { place } = this;
      const at = place && `${base}/tlb/${place.structure}/${place.set}/${place.way}`;
      this.entry.show(at ? await this.source.get(at) : null);
    }
    if (this.registerPart.open) {
      for (const panel of this.registers) {
        panel.show(await this.source.get(`${base}/registers/${panel.name}`));
      }
    }
  }

  draw() {
    const { tlb, structure } = this;
    if (!tlb) return;
    const entries = tlb.entries.filter((entry) => entry.structure === structure);
    this.showTools(tlb);
    this.grid.show(layoutOf(tlb, this.firstSet), entries, this.place, this.store.state.vmid);
    const label = `${structure} entries of hart ${tlb.hart}'s TLB`;
    byId("tlb-grid", HTMLElement).setAttribute("aria-label", label);
    this.showLegend(entries, tlb);
    if (this.table.open) this.fillTable(entries);
  }

  /** @param {TlbView} tlb */
  showTools(tlb) {
    if (this.structures.options.length !== tlb.structures.length) {
      this.structures.replaceChildren(
        ...tlb.structures.map((name) => make("option", { value: name }, name)),
      );
    }
    this.structures.value = this.structure;
    byId("tlb-structure-field", HTMLElement).hidden = tlb.structures.length < 2;
    byId("tlb-window", HTMLElement).hidden = tlb.sets <= WINDOW_SETS;
    const last = Math.min(tlb.sets, this.firstSet + WINDOW_SETS) - 1;
    setText(byId("tlb-window-text", HTMLElement), `sets ${this.firstSet}–${last} of ${integer(tlb.sets)}`);
  }

  /** @param {TlbEntry[]} entries @param {TlbView} tlb */
  showLegend(entries, tlb) {
    /** @type {Map<number, {name: string, count: number}>} */
    const owners = new Map();
    for (const { owner } of entries) {
      const share = owners.get(owner.domain) ?? { name: owner.name, count: 0 };
      share.count += 1;
      owners.set(owner.domain, share);
    }
    const most = [...owners].sort(([, a], [, b]) => b.count - a.count);
    const stale = entries.filter((entry) => entry.stale).length;
    const count = (/** @type {string} */ name, /** @type {number} */ value) =>
      make("span", { class: "count", "data-tlb-count": name }, integer(value));
    const items = most
      .slice(0, MOST_OWNERS)
      .map(([domain, { name, count: value }]) =>
        make("li", {}, make("span", { class: `dot hue-${hueOf(domain)}` }), name, count(`${domain}`, value)),
      );
    if (most.length > MOST_OWNERS) items.push(make("li", { class: "quiet" }, `${most.length - MOST_OWNERS} more`));
    items.push(make("li", {}, make("span", { class: "swatch stale-entry", "aria-hidden": "true" }), "stale", count("stale", stale)));
    byId("tlb-legend", HTMLElement).replaceChildren(...items);
    const shape = tlb.sets === 1 ? `fully associative, ${counted(tlb.ways, "way")}` : `${counted(tlb.sets, "set")} across × ${counted(tlb.ways, "way")} down`;
    setText(byId("tlb-shape", HTMLElement), `${counted(entries.length, "valid entry", "valid entries")}; ${shape}.`);
  }

  /** @param {TlbEntry[]} entries */
  fillTable(entries) {
    const rows = entries.slice(0, MOST_ROWS).map((entry) =>
      make(
        "tr",
        {},
        ...[
          `${entry.set}/${entry.way}`,
          `${entry.vmid}`,
          entry.asid === null ? "–" : `${entry.asid}`,
          `0x${entry.page.toString(16)}`,
          `0x${entry.target.toString(16)}`,
          `domain ${entry.owner.domain}`,
          entry.stale ? "stale" : "right",
        ].map((text) => make("td", {}, text)),
      ),
    );
    byId("tlb-rows", HTMLElement).replaceChildren(...rows);
  }
}
