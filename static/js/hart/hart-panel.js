// @ts-check
// One hart looked at closely: its TLB and its registers.

import { byId, make, setText } from "../common/dom.js";
import { counted, integer } from "../common/format.js";
import { RegisterPanel } from "./register-view.js";
import { TlbEntryView } from "./tlb-entry.js";
import { TlbGrid } from "./tlb-grid.js";
import { layoutOf, parseEntry } from "./tlb-layout.js";
import { TlbLegend } from "./tlb-legend.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../common/types.js").TlbEntry} TlbEntry */
/** @typedef {import("../common/types.js").TlbView} TlbView */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

const MOST_ROWS = 512;

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
    /** The structure that is shown while none of its entries is chosen. */
    this.chosenStructure = "";
    this.grid = new TlbGrid(palette, {
      go: (set, way) => store.set({ entry: this.nameOf(set, way) }),
      toggle: (set, way) => {
        const name = this.nameOf(set, way);
        store.set({ entry: store.state.entry === name ? "" : name });
      },
      letGo: () => this.letGo(),
      resized: () => this.resized(),
    });
    this.window = this.grid.window;
    this.legend = new TlbLegend(
      (domain) => store.toggle("domain", domain),
      (domain) => this.grid.point(domain),
    );
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
    this.followEntry();
    store.subscribe((keys) => {
      if (keys.has("hart")) this.firstSet = 0;
      if (keys.has("hart") || keys.has("entry")) this.followEntry();
      if (keys.has("vmid") || keys.has("domain") || keys.has("entry")) this.draw();
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
      const first = this.firstSet + by * this.window;
      if (first < 0 || first >= (this.tlb?.sets ?? 1)) return;
      this.firstSet = first;
      this.changed();
    };
    byId("tlb-before", HTMLButtonElement).addEventListener("click", turn(-1));
    byId("tlb-after", HTMLButtonElement).addEventListener("click", turn(1));
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
    const structures = this.tlb?.structures ?? [];
    const kept = structures.find((name) => name === this.chosenStructure);
    return this.place?.structure ?? kept ?? structures[0] ?? "";
  }

  /** @param {number} set @param {number} way */
  nameOf(set, way) {
    return `${this.structure}/${set}/${way}`;
  }

  /** False where no entry was chosen. */
  letGo() {
    const chosen = this.store.state.entry !== "";
    this.store.set({ entry: "" });
    return chosen;
  }

  /** Another number of sets fits: the window begins anew where the entry is. */
  resized() {
    if (!this.grid.width || this.grid.window === this.window) return;
    this.window = this.grid.window;
    this.firstSet -= this.firstSet % this.window;
    this.followEntry();
    this.changed();
  }

  /** The window in which the chosen entry is. */
  followEntry() {
    const place = parseEntry(this.store.state.entry);
    if (!place) return;
    this.chosenStructure = place.structure;
    const outside = place.set < this.firstSet || place.set >= this.firstSet + this.window;
    if (outside) this.firstSet = place.set - (place.set % this.window);
  }

  /** Read what is open to be seen. */
  async read() {
    const { hart } = this;
    const base = `/harts/${hart}`;
    this.chooser.value = String(hart);
    setText(byId("hart-number", HTMLElement), String(hart));
    if (this.tlbPart.open) {
      const window = { first_set: this.firstSet, sets: this.window };
      /** @type {TlbView} */
      const tlb = await this.source.get(`${base}/tlb`, window);
      this.tlb = tlb;
      // An address may name a set that this TLB has not.
      if (this.firstSet >= tlb.sets) {
        this.firstSet = 0;
        this.changed();
        return;
      }
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
    const { firstSet, window } = this;
    this.grid.show(layoutOf(tlb, firstSet, window), entries, this.place, this.store.state);
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
    byId("tlb-window", HTMLElement).hidden = tlb.sets <= this.window;
    const last = Math.min(tlb.sets, this.firstSet + this.window) - 1;
    setText(byId("tlb-window-text", HTMLElement), `sets ${this.firstSet}–${last} of ${integer(tlb.sets)}`);
  }

  /** @param {TlbEntry[]} entries @param {TlbView} tlb */
  showLegend(entries, tlb) {
    this.legend.show(entries, this.store.state.domain);
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
