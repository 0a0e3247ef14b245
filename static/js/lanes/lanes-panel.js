// @ts-check
// The hart lanes: reads what the view needs, paints it, and acts on pointer and keys.

import { get } from "../common/api.js";
import { byId } from "../common/dom.js";
import { duration, integer } from "../common/format.js";
import { complain } from "../common/notice.js";
import { Refresher } from "../common/refresher.js";
import { currentTheme, onThemeChange } from "../common/theme.js";
import { fitCanvas } from "./canvas-size.js";
import { DensityImage } from "./density-image.js";
import { choiceOf } from "./lanes-choice.js";
import { laneColours } from "./lanes-colours.js";
import {
  beside,
  fenceBySeq,
  placeAt,
  sameIn,
  seqOf,
  standingAt,
  targetAt,
  timesOf,
} from "./lanes-hit.js";
import { LanesInput } from "./lanes-input.js";
import { AXIS, fenceStarts, FOOT, GUTTER, rowsFor } from "./lanes-layout.js";
import { paint } from "./lanes-painter.js";
import { LanesReadout } from "./lanes-readout.js";
import { HartSeeker, scrollTo } from "./lanes-scroll.js";
import { LanesTable } from "./lanes-table.js";
import { LanesView } from "./lanes-view.js";
import { keptWords, targetWords } from "./lanes-words.js";
import { MarkerLine } from "./marker-line.js";
import { lengthOf, timeOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./lanes-types.js").Target} Target */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("./scene.js").Scene} Scene */

const READ_MS = 100;
const ADDRESS_MS = 300;
/** Into a pixel of a density one goes by this factor. */
const INTO = 1 / 8;

/** The panel. It shows the whole history, whatever moment the page is at, which is a line in it. */
export class LanesPanel {
  /** @param {Machine} machine @param {Palette} palette @param {PageStore} store */
  constructor(machine, palette, store) {
    this.path = `/machines/${machine.id}`;
    this.palette = palette;
    this.store = store;
    /** How many VMIDs there are. */
    this.size = 2 ** Math.max(...machine.platform.vmidlen);
    this.box = byId("lanes-box", HTMLElement);
    this.space = byId("lanes-space", HTMLElement);
    this.canvas = byId("lanes-canvas", HTMLCanvasElement);
    this.readout = new LanesReadout();
    this.seeker = new HartSeeker(this.box, store.state.hart);
    this.arrows = byId("lanes-arrows", HTMLInputElement);
    this.arrows.checked = store.state.arrows;
    this.all = byId("lanes-all", HTMLButtonElement);
    this.table = new LanesTable();
    this.density = new DensityImage();
    this.view = new LanesView(spanIn(store));
    this.reader = new Refresher(() => this.read(), READ_MS);
    /** @type {Lanes|null} */
    this.lanes = null;
    /** @type {Float64Array[]} */
    this.starts = [];
    this.markers = new MarkerLine(this.path, store);
    /** Under the pointer. @type {Target|null} */
    this.hovered = null;
    /** Under the keyboard. @type {Target|null} */
    this.focused = null;
    /** The fence that keys go on from. @type {number|null} */
    this.fenceSeq = null;
    /** Harts of a strip that was opened; null: all. @type {number[]|null} */
    this.opened = null;
    /** @type {number|null} */
    this.atNs = null;
    this.painting = false;
    this.addressTimer = 0;
    this.family = getComputedStyle(this.box).fontFamily;
    this.colours = laneColours(palette, currentTheme());
    this.listen();
    void this.readMoment();
  }

  listen() {
    onThemeChange(() => {
      this.colours = laneColours(this.palette, currentTheme());
      this.redraw();
    });
    new ResizeObserver(() => this.resized()).observe(this.box);
    this.box.addEventListener("scroll", () => this.repaint());
    this.input = new LanesInput(this.box, this.canvas, {
      zoom: (factor, x) => this.zoom(factor, x),
      pan: (share) => this.pan(share),
      drag: (dx) => this.change(() => this.view.pan((-dx * lengthOf(this.view.span)) / this.width)),
      hover: (x, y) => this.hover(x, y),
      leave: () => this.point(null),
      pick: (x, y) => this.pick(x, y),
      open: (x, y) => this.open(this.scene && targetAt(this.scene, x, y)),
      fit: () => this.change(() => this.view.fit()),
      mark: (x) => this.mark(x),
      unmark: () => this.unmark(),
      walk: (lanes, slices) => this.walk(lanes, slices),
      enter: () => this.open(this.focused ?? this.hovered),
    });
    this.arrows.addEventListener("change", () => this.store.set({ arrows: this.arrows.checked }));
    this.all.addEventListener("click", () => this.openHarts(null));
    const press = (/** @type {string} */ id, /** @type {() => void} */ action) =>
      byId(id, HTMLButtonElement).addEventListener("click", action);
    press("lanes-in", () => this.zoom(1 / 2, null));
    press("lanes-out", () => this.zoom(2, null));
    press("lanes-fit", () => this.change(() => this.view.fit()));
    this.store.subscribe((changed) => {
      if (changed.has("at")) void this.readMoment();
      this.followAddress();
      this.arrows.checked = this.store.state.arrows;
      if (changed.has("vmid")) this.readout.showUntold(this.lanes, this.store.state.vmid);
      if (changed.has("hart")) this.seekHart();
      if (changed.has("domain")) this.redraw();
      else this.repaint();
    });
  }

  // Reading

  /** The machine may have gone on. A view of the past that was read needs nothing. */
  refresh() {
    if (!this.lanes || this.view.follows || !this.view.isIn(this.lanes)) this.reader.request();
  }

  async read() {
    const asked = this.view.query(this.width, this.opened);
    const said = Object.entries(asked).filter(([, value]) => value !== null);
    try {
      this.show(await get(`${this.path}/lanes?${new URLSearchParams(/** @type {any} */ (said))}`));
    } catch (error) {
      complain(error);
    }
  }

  /** @param {Lanes} lanes */
  show(lanes) {
    const kept = this.lanes && this.focused && sameIn(lanes, this.lanes, this.focused);
    const early = this.lanes === null && lanes.begin_ns > lanes.from_ns;
    this.lanes = lanes;
    this.starts = lanes.lanes.map(({ fences }) => (fences ? fenceStarts(fences) : new Float64Array(0)));
    this.view.grow({ from: lanes.begin_ns, to: lanes.end_ns });
    this.hovered = null;
    this.focused = this.fenceSeq === null ? kept : fenceBySeq(lanes, this.fenceSeq);
    this.density.make(lanes, this.colours, this.store.state);
    this.resized();
    this.table.show(lanes, this.view.span);
    this.readout.showUntold(lanes, this.store.state.vmid);
    this.seeker.show(this.scene);
    byId("lanes-kept", HTMLElement).textContent = keptWords(lanes);
    this.box.dataset.seq = String(lanes.seq);
    if (early || !this.view.isIn(lanes)) this.reader.request();
  }

  /** When the event is after which the page shows the machine. */
  async readMoment() {
    const { at } = this.store.state;
    this.atNs = null;
    if (at !== null) {
      const found = await get(`${this.path}/density?bins=1&at=${Math.max(1, at)}`).catch(() => null);
      if (at !== this.store.state.at) return;
      this.atNs = found ? found.at_ns[1] : null;
      if (this.atNs !== null) this.view.reveal(this.atNs);
    }
    this.repaint();
  }

  // Painting

  get width() {
    return Math.max(1, this.box.clientWidth - GUTTER);
  }

  get rows() {
    return rowsFor(this.lanes?.lanes.some((lane) => lane.harts.length > 1) ?? false);
  }

  resized() {
    const count = this.lanes?.lanes.length ?? 1;
    fitCanvas(this.canvas, this.space, this.box, AXIS + count * this.rows.pitch + FOOT);
    this.repaint();
  }

  /** Colours or the selection changed. */
  redraw() {
    if (this.lanes) this.density.make(this.lanes, this.colours, this.store.state);
    this.repaint();
  }

  repaint() {
    if (this.painting) return;
    this.painting = true;
    requestAnimationFrame(() => {
      this.painting = false;
      const context = this.canvas.getContext("2d", { alpha: false });
      const scene = this.scene;
      if (!context || !scene) return;
      const ratio = window.devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      paint(context, scene, this.family);
      this.box.dataset.span = `${scene.span.from} ${scene.span.to}`;
    });
  }

  /** @returns {Scene|null} */
  get scene() {
    if (!this.lanes) return null;
    const { vmid, domain, hart } = this.store.state;
    return {
      lanes: this.lanes,
      starts: this.starts,
      density: this.density,
      span: this.view.span,
      width: this.box.clientWidth,
      height: this.box.clientHeight,
      scroll: this.box.scrollTop,
      rows: this.rows,
      colours: this.colours,
      chosen: { vmid, domain },
      hart: hart ?? null,
      target: this.hovered ?? this.focused,
      markers: this.markers.markers,
      at_ns: this.atNs,
      arrows: this.store.state.arrows,
    };
  }

  // Moving

  /** @param {() => void} move of the view */
  change(move) {
    move();
    if (this.lanes) this.table.show(this.lanes, this.view.span);
    this.repaint();
    if (this.lanes && !this.view.isIn(this.lanes)) this.reader.request();
    clearTimeout(this.addressTimer);
    this.addressTimer = setTimeout(() => {
      const span = this.view.inAddress;
      this.store.set({ from: span?.from ?? null, to: span?.to ?? null });
    }, ADDRESS_MS);
  }

  followAddress() {
    const span = spanIn(this.store);
    const now = this.view.inAddress;
    if (span?.from === now?.from && span?.to === now?.to) return;
    this.change(() => this.view.show(span));
  }

  /** @param {number} share of the width */
  pan(share) {
    if (this.view.chosen) this.change(() => this.view.pan(share * lengthOf(this.view.span)));
    else this.readout.say("All of the time is shown: zoom in to move along it");
  }

  /** @param {number} factor @param {number|null} x */
  zoom(factor, x) {
    const about = timeOf(x === null ? this.width / 2 : x - GUTTER, this.view.span, this.width);
    this.change(() => this.view.zoom(factor, about));
  }

  // Pointing and choosing

  /** @param {number} x @param {number} y */
  hover(x, y) {
    this.point(this.scene && targetAt(this.scene, x, y));
  }

  /** @param {Target|null} target */
  point(target) {
    this.hovered = target;
    this.tell(target ?? this.focused);
    this.repaint();
  }

  /** @param {Target|null} target */
  tell(target) {
    if (this.lanes && target) this.readout.say(targetWords(this.lanes, target));
  }

  /** @param {number} x @param {number} y */
  pick(x, y) {
    const scene = this.scene;
    if (!scene) return;
    const target = targetAt(scene, x, y);
    if (target) this.choose(target);
    else if (x < GUTTER) this.pickLane(placeAt(scene, y)?.place);
  }

  /** @param {number} [place] */
  pickLane(place) {
    const harts = place === undefined ? undefined : this.lanes?.lanes[place]?.harts;
    const again = this.store.state.hart === harts?.[0];
    if (harts?.length === 1) this.store.set({ hart: again ? undefined : harts[0] });
    else if (harts) this.openHarts(harts);
  }

  seekHart() {
    const { hart } = this.store.state;
    this.seeker.hart = hart ?? null;
    if (typeof hart === "number" && this.opened?.includes(hart) === false) this.openHarts(null);
    else this.seeker.show(this.scene);
  }

  /** @param {Target} target */
  choose(target) {
    const lane = this.lanes?.lanes[target.place];
    if (!this.lanes || !lane) return;
    this.focused = target;
    this.fenceSeq = target.kind === "fence" ? seqOf(this.lanes, target) : null;
    this.tell(target);
    this.store.set(choiceOf(this.lanes, target, this.store.state, this.size));
    this.repaint();
  }

  /** Go to the time of something, or into what is too dense to have one. @param {Target|null} target */
  open(target) {
    const lane = target && this.lanes?.lanes[target.place];
    if (!this.lanes || !target || !lane) return;
    const seq = seqOf(this.lanes, target);
    const times = timesOf(this.lanes, target);
    if (seq !== null) this.store.jump({ at: seq });
    else if (lane.harts.length > 1) this.openHarts(lane.harts);
    else if (times) this.change(() => this.view.zoom(INTO, times.from));
  }

  /** @param {number[]|null} harts null: all */
  openHarts(harts) {
    this.opened = harts;
    this.all.hidden = harts === null;
    this.focused = this.hovered = null;
    this.box.scrollTop = 0;
    this.reader.request();
  }

  /** @param {number} lanes @param {number} slices */
  walk(lanes, slices) {
    const scene = this.scene;
    if (!scene) return;
    const { from, to } = this.view.span;
    const target = this.focused
      ? beside(scene, this.focused, lanes, slices)
      : standingAt(scene, 0, (from + to) / 2);
    if (!target) return;
    this.focused = target;
    this.fenceSeq = null;
    const times = timesOf(scene.lanes, target);
    if (times) this.change(() => this.view.reveal(times.from));
    scrollTo(this.box, scene, target.place);
    this.tell(target);
  }

  /** Show and read out an event to which the page has gone.
   * @param {string} kind in words @param {{seq: number, at_ns: number}} mark */
  showMark(kind, mark) {
    this.fenceSeq = mark.seq;
    this.focused = this.lanes && fenceBySeq(this.lanes, mark.seq);
    this.change(() => this.view.reveal(mark.at_ns));
    if (this.focused) this.tell(this.focused);
    else this.readout.say(`${kind}, event ${integer(mark.seq)} at ${duration(mark.at_ns)}`);
  }

  /** Where the pointer is; else where what the keyboard is on begins.
   * @param {number|null} x */
  mark(x) {
    const focused = x === null && this.lanes && this.focused && timesOf(this.lanes, this.focused);
    const about = x === null ? this.width / 2 : Math.max(0, x - GUTTER);
    this.markers.set(focused ? focused.from : timeOf(about, this.view.span, this.width));
  }

  unmark() {
    this.markers.clear();
    this.focused = this.fenceSeq = null;
    this.repaint();
  }
}

/** @param {PageStore} store @returns {import("./time-span.js").Span|null} */
function spanIn(store) {
  const { from, to } = store.state;
  return from === null || to === null || to <= from ? null : { from, to };
}
