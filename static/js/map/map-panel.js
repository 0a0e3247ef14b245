// @ts-check
// Everything round the map: which hart, which VMID, what is shown, legend, inspector, bookmark.

import { byId, make, setText } from "../common/dom.js";
import { Inspector } from "./inspector.js";
import { Legend } from "./legend.js";
import { MapBookmark } from "./map-bookmark.js";
import { visible } from "./map-camera.js";
import { NO_GENERATIONS, SHOWS } from "./map-colours.js";
import { MapKeys } from "./map-keys.js";
import { OverviewStrip } from "./overview-strip.js";
import { isViolation, nextWhere } from "./vmid-cells.js";
import { VmidMap } from "./vmid-map.js";
import { parseVmid } from "../machine/url-state.js";

/** @typedef {import("../common/types.js").BitmapView} BitmapView */
/** @typedef {import("../common/types.js").BriefHart} BriefHart */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

/** Per-hart states of a pinned VMID are read for as many harts at most. */
const MOST_HARTS_COMPARED = 16;
/** A map lower than this leaves room for the inspector below it. */
const SMALL = 340;
/** How much larger cells are where the overview leads, if they are small. */
const STRIP_ZOOM = 4;
/** An address is not written more often than this while a map is moved. */
const ADDRESS_MS = 200;
const ZOOM = 1.5;

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
      {
        onSelect: (vmid) => this.store.toggle("vmid", vmid),
        onHover: (vmid) => this.hover(vmid),
        onView: () => this.viewChanged(),
      },
    );
    this.map.applyZoom(store.state.zoom);
    /** Not known before it is asked for. @type {boolean|undefined} */
    this.generations = undefined;
    /** The event that the map on screen is of. */
    this.seq = 0;
    this.addressTimer = 0;
    this.strip = new OverviewStrip(palette, (vmid) => this.map.goTo(vmid, STRIP_ZOOM));
    this.bookmark = new MapBookmark(
      store,
      source,
      (vmid) => this.select(vmid),
      () => this.emphasise(),
    );
    this.inspector = new Inspector(palette, (domain) => store.toggle("domain", domain));
    this.inspector.domain = store.state.domain;
    this.legend = new Legend();
    this.grid = byId("map-grid", HTMLElement);
    this.keys = new MapKeys(this.grid, {
      onMove: (vmid) => this.select(vmid),
      onDetails: () => byId("inspector", HTMLElement).focus(),
      onGoTo: () => this.focusGoTo(),
      onZoom: (factor) => (factor ? this.map.zoom(factor) : this.map.zoomToFit()),
      onPan: (columns, rows) => this.map.pan(columns, rows),
      onLetGo: () => this.letGo(),
      describe: (vmid) => this.inspector.describe(vmid),
    });
    this.chooser = byId("map-hart", HTMLSelectElement);
    this.listen(filterByVmid);
    this.showHartChoice();
    store.subscribe((changed) => {
      if (changed.has("hart")) this.showHartChoice();
      if (changed.has("vmid")) this.showSelection();
      if (changed.has("domain")) this.showDomain();
      if (changed.has("zoom")) this.map.applyZoom(store.state.zoom);
      if (changed.has("show")) this.showChoice();
    });
    this.showChoice();
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
    byId("map-show", HTMLSelectElement).addEventListener("change", (event) => {
      const { value } = /** @type {HTMLSelectElement} */ (event.target);
      this.store.set({ show: SHOWS.find((show) => show === value) ?? "state" });
    });
    const press = (/** @type {string} */ id, /** @type {() => void} */ act) =>
      byId(id, HTMLButtonElement).addEventListener("click", act);
    press("map-zoom-in", () => this.map.zoom(ZOOM));
    press("map-zoom-out", () => this.map.zoom(1 / ZOOM));
    press("map-zoom-fit", () => this.map.zoomToFit());
    press("bookmark-keep", () => this.keep());
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

  /** What colours stand for; the numbers come with the next reading. */
  showChoice() {
    const { show } = this.store.state;
    byId("map-show", HTMLSelectElement).value = show;
    this.showValues(show, new Float64Array(0));
  }

  /** Keep the map on screen, to be compared with what comes. */
  keep() {
    this.bookmark.keep(this.map.cells, this.hart, this.seq);
  }

  /** Another part of the map is seen, or it has another size. */
  viewChanged() {
    if (!this.strip) return;
    const { map } = this;
    const { top, bottom } = visible(map.camera, map);
    this.strip.showView(top * map.shape.columns, bottom * map.shape.columns);
    const small = map.shape.rows * map.fit < SMALL;
    byId("overview", HTMLElement).dataset.map = small ? "small" : "large";
    clearTimeout(this.addressTimer);
    this.addressTimer = window.setTimeout(() => {
      this.store.set({ zoom: map.wantedZoom });
    }, ADDRESS_MS);
  }

  /** Let stand out what differs from the bookmark, or what the selected domain has. */
  emphasise() {
    const { domain } = this.store.state;
    const differing = this.bookmark.compare(this.map.cells, this.hart);
    const owned = Object.entries(this.map.owners).flatMap(([vmid, owners]) =>
      domain !== null && owners.some((owner) => owner.domain === domain) ? [Number(vmid)] : [],
    );
    this.map.emphasise(owned, differing);
  }

  showDomain() {
    this.emphasise();
    this.inspector.domain = this.store.state.domain;
    this.inspector.render();
  }

  /** Is an id, as programmed, the selected VMID of the map that is shown?
   * @param {number} vmid @param {number|null} hart */
  isSelected(vmid, hart) {
    const here = hart === null || this.hart === null || hart === this.hart;
    return here && vmid % this.map.cells.length === this.vmid;
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

  /** False where no VMID was selected. */
  letGo() {
    const selected = this.vmid !== null;
    this.store.set({ vmid: null });
    return selected;
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

  /** The numbers that are to be shown beside the states, or null. */
  async readValues() {
    const { show } = this.store.state;
    if (show === "state") return null;
    const values = await this.source.lens(show, this.hart);
    if (show === "generation" && !(await this.hasGenerations())) values.fill(NO_GENERATIONS);
    return { show, values };
  }

  /** Does the policy have generations? The numbers say -1 for both "never" and "none". */
  async hasGenerations() {
    const hart = this.machine.platform.harts[0];
    this.generations ??= (await this.source.get(`/harts/${hart}`)).generation !== null;
    return this.generations;
  }

  /** @param {import("./map-colours.js").Show} show @param {Float64Array} values */
  showValues(show, values) {
    this.map.showAs(show, values);
    const where = this.hart === null ? "any hart" : `hart ${this.hart}`;
    this.legend.setShow(show, where, values[0] === NO_GENERATIONS);
    this.legend.show(this.map.cells, this.map.classes, values);
    this.inspector.shownAs = { show, values };
    this.inspector.render();
  }

  /** @param {Uint8Array} cells @param {boolean} ring @param {number} seq the event they are of
   * @param {Awaited<ReturnType<MapPanel["readValues"]>>} read */
  showCells(cells, ring, seq, read) {
    const resized = cells.length !== this.map.cells.length;
    this.seq = seq;
    this.map.show(cells, ring && this.shownHart === this.hart);
    this.shownHart = this.hart;
    this.keys.show(cells, this.map.shape);
    if (read && read.show === this.store.state.show) this.showValues(read.show, read.values);
    else this.legend.show(cells, this.map.classes, this.map.values);
    this.strip.show(cells);
    this.emphasise();
    this.inspector.cells = cells;
    this.inspector.hart = this.hart;
    this.inspector.shape = this.map.shape;
    if (resized) this.showSelection();
    this.inspector.render();
  }

  /** @param {BriefHart[]} harts */
  showHarts(harts) {
    this.inspector.harts = harts;
  }

  /** Read owners, and what the pinned VMID is on each hart. */
  async readDetails() {
    /** @type {BitmapView} */
    const view = await this.source.get("/bitmap", { hart: this.hart });
    this.inspector.owners = view.owners;
    this.map.showOwners(view.owners);
    this.legend.showOwners(view.owners);
    this.emphasise();
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
