// @ts-check
// Everything round the map: which hart, which VMID, legend, inspector.

import { byId, make, setText } from "../common/dom.js";
import { Inspector } from "./inspector.js";
import { Legend } from "./legend.js";
import { MapKeys } from "./map-keys.js";
import { isViolation, nextWhere } from "./vmid-cells.js";
import { VmidMap } from "./vmid-map.js";
import { parseVmid } from "../machine/url-state.js";

/** @typedef {import("../common/types.js").BitmapView} BitmapView */
/** @typedef {import("../common/types.js").HartView} HartView */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

/** Per-hart states of a pinned VMID are read for as many harts at most. */
const MOST_HARTS_COMPARED = 16;

/** The map's panel. */
export class MapPanel {
  /** @param {Machine} machine @param {Palette} palette @param {PageStore} store
   * @param {MachineSource} source @param {(vmid: number) => void} filterByVmid */
  constructor(machine, palette, store, source, filterByVmid) {
    this.machine = machine;
    this.store = store;
    this.source = source;
    this.ownHart = machine.policy.scope === "per-hart" ? (machine.platform.harts[0] ?? null) : null;
    /** Whose map is on screen; undefined before the first. @type {number|null|undefined} */
    this.shownHart = undefined;
    this.map = new VmidMap(
      byId("map-frame", HTMLElement),
      byId("map-states", HTMLCanvasElement),
      byId("map-overlay", HTMLCanvasElement),
      palette,
      { onSelect: (vmid) => this.select(vmid), onHover: (vmid) => this.hover(vmid) },
    );
    this.inspector = new Inspector(palette);
    this.legend = new Legend();
    this.grid = byId("map-grid", HTMLElement);
    this.keys = new MapKeys(this.grid, {
      onMove: (vmid) => this.select(vmid),
      onDetails: () => byId("inspector", HTMLElement).focus(),
      onGoTo: () => this.focusGoTo(),
      describe: (vmid) => this.inspector.describe(vmid),
    });
    this.chooser = byId("map-hart", HTMLSelectElement);
    this.listen(filterByVmid);
    this.showHartChoice();
    store.subscribe((changed) => {
      if (changed.has("hart")) this.showHartChoice();
      if (changed.has("vmid")) this.showSelection();
    });
  }

  /** Whose map is shown; null: all harts together. */
  get hart() {
    const { hart } = this.store.state;
    const known = hart === null || (hart !== undefined && this.machine.platform.harts.includes(hart));
    return known ? hart : this.ownHart;
  }

  get vmid() {
    return this.store.state.vmid;
  }

  /** @param {(vmid: number) => void} filterByVmid */
  listen(filterByVmid) {
    const all = make("option", { value: "all" }, "all harts");
    const one = this.machine.platform.harts.map((hart) =>
      make("option", { value: hart }, `hart ${hart}`),
    );
    this.chooser.replaceChildren(all, ...one);
    this.chooser.addEventListener("change", () => {
      this.chooseHart(this.chooser.value === "all" ? null : Number(this.chooser.value));
    });
    byId("go-to-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.goTo();
    });
    byId("inspector-filter", HTMLButtonElement).addEventListener("click", () => {
      if (this.vmid !== null) filterByVmid(this.vmid);
    });
  }

  /** @param {number|null} hart */
  chooseHart(hart) {
    this.store.set({ hart: hart === this.ownHart ? undefined : hart });
  }

  showHartChoice() {
    this.chooser.value = this.hart === null ? "all" : String(this.hart);
    const where = this.hart === null ? "all harts together" : `hart ${this.hart}`;
    this.grid.setAttribute("aria-label", `VMID map of ${where}`);
  }

  focusGoTo() {
    byId("go-to", HTMLInputElement).select();
    byId("go-to", HTMLInputElement).focus();
  }

  goTo() {
    const input = byId("go-to", HTMLInputElement);
    const vmid = parseVmid(input.value);
    const largest = this.map.cells.length - 1;
    const problem = byId("go-to-problem", HTMLElement);
    const wrong = vmid === null || vmid > largest;
    input.setAttribute("aria-invalid", String(wrong));
    setText(problem, wrong ? `VMID is ${input.value || "empty"}; 0 to ${largest} is allowed` : "");
    if (wrong || vmid === null) return;
    this.select(vmid);
    this.grid.focus();
  }

  /** Show an id of a domain: as programmed, cut to the bits there are.
   * @param {number} vmid @param {number|null} hart */
  showVmid(vmid, hart) {
    if (hart !== null && hart !== this.hart) this.chooseHart(hart);
    this.select(vmid % this.map.cells.length);
    this.grid.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} vmid */
  select(vmid) {
    this.store.set({ vmid });
  }

  showSelection() {
    this.inspector.hovered = null;
    this.inspector.bytesByHart = new Map();
    const vmid = this.vmid !== null && this.vmid < this.map.cells.length ? this.vmid : null;
    this.inspector.pinned = vmid;
    this.map.select(vmid);
    this.keys.select(vmid);
    this.inspector.render();
    byId("inspector-filter", HTMLButtonElement).hidden = vmid === null;
  }

  /** @param {number|null} vmid */
  hover(vmid) {
    this.inspector.hovered = vmid;
    this.inspector.render();
  }

  /** Select the next cell that served a wrong hit; false where there is none. */
  nextViolation() {
    const vmid = nextWhere(this.map.cells, this.vmid ?? -1, 1, isViolation);
    if (vmid === null) return false;
    this.select(vmid);
    this.grid.focus();
    return true;
  }

  /** @param {Uint8Array} cells @param {boolean} ring */
  showCells(cells, ring) {
    const resized = cells.length !== this.map.cells.length;
    this.map.show(cells, ring && this.shownHart === this.hart);
    this.shownHart = this.hart;
    this.keys.show(cells, this.map.shape);
    this.legend.show(cells);
    this.inspector.cells = cells;
    this.inspector.shape = this.map.shape;
    if (resized) this.showSelection();
    this.inspector.render();
  }

  /** @param {HartView[]} harts */
  showHarts(harts) {
    this.inspector.harts = harts.filter(({ hart }) => this.hart === null || hart === this.hart);
  }

  /** Read owners, and what the pinned VMID is on each hart. */
  async readDetails() {
    /** @type {BitmapView} */
    const view = await this.source.get("/bitmap", { hart: this.hart });
    this.inspector.owners = view.owners;
    this.map.showOwners(view.owners);
    await this.compareHarts();
    this.inspector.render();
  }

  async compareHarts() {
    const { harts } = this.machine.platform;
    const { vmid } = this;
    if (vmid === null || harts.length > MOST_HARTS_COMPARED) return;
    const maps = await Promise.all(harts.map((hart) => this.source.bitmap(hart)));
    if (vmid !== this.vmid) return;
    this.inspector.bytesByHart = new Map(
      harts.map((hart, index) => [hart, maps[index]?.cells[vmid] ?? 0]),
    );
  }
}
