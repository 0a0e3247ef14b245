// @ts-check
// The moment that a page shows: a scrubber over the history, steps back and forward, jumps, forks.

import { change, get } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { counted, duration, integer } from "../common/format.js";
import { complain, tell } from "../common/notice.js";
import { Refresher } from "../common/refresher.js";
import { readState, writeState } from "../machine/url-state.js";
import { DensityStrip } from "./density-strip.js";

/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {"next"|"previous"} Direction */

const DENSITY_MS = 1000;
/** Moments a second, until another rate is chosen. */
const RATE = 8;
/** A moment that is not on screen yet is looked for again after this. */
const AGAIN_MS = 20;
/** Each moment on the way is asked of the server. */
const MOST_WALKED = 1000;

/** Where in a machine's history the page stands. `store.state.at` says it; null is the present. */
export class Timeline {
  /** @param {string} id @param {PageStore} store @param {Palette} palette
   * @param {(kind: string, mark: {seq: number, at_ns: number}) => void} jumped to an event of a kind */
  constructor(id, store, palette, jumped) {
    this.jumped = jumped;
    this.id = id;
    this.store = store;
    this.latest = 0;
    /** The machine at the moment shown, while that is in the past. @type {Machine|null} */
    this.shown = null;
    /** The timer of the next moment; 0: nothing is played. */
    this.playing = 0;
    /** Is a machine being made of a moment? The page leaves for it. */
    this.forking = false;
    this.rate = RATE;
    this.moving = false;
    this.slider = byId("timeline-at", HTMLInputElement);
    this.kind = byId("timeline-kind", HTMLSelectElement);
    this.input = byId("timeline-event", HTMLInputElement);
    this.refresher = new Refresher(() => this.readDensity(), DENSITY_MS);
    this.strip = new DensityStrip(
      byId("timeline-density", HTMLCanvasElement),
      palette,
      () => this.refresher.request(),
    );
    this.listen();
    store.subscribe((changed) => {
      if (changed.has("at")) this.showPlace();
    });
  }

  listen() {
    /** @type {[string, () => void][]} */
    const buttons = [
      ["timeline-first", () => this.jumpTo(0)],
      ["timeline-back", () => void this.back()],
      ["timeline-forward", () => void this.forward()],
      ["timeline-now", () => this.jumpTo(null)],
      ["timeline-previous", () => void this.jump("previous")],
      ["timeline-next", () => void this.jump("next")],
      ["past-fork", () => void this.fork()],
      ["past-now", () => this.leavePast()],
    ];
    for (const [id, click] of buttons) {
      byId(id, HTMLButtonElement).addEventListener("click", click);
    }
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.slider.addEventListener("keydown", (event) => this.pressed(event));
    byId("timeline-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.goToEvent();
    });
  }

  /** Arrow keys walk from moment to moment: most events are not the end of one.
   * @param {KeyboardEvent} event */
  pressed(event) {
    const back = event.key === "ArrowLeft" || event.key === "ArrowDown";
    const on = event.key === "ArrowRight" || event.key === "ArrowUp";
    if (!back && !on) return;
    event.preventDefault();
    void (back ? this.back() : this.forward());
  }

  get inPast() {
    return this.store.state.at !== null;
  }

  /** Show the moment of an event; of the newest or none, the present. @param {number|null} at */
  go(at) {
    this.store.set({ at: this.within(at) });
  }

  /** The same, as a step that the browser's Back undoes. @param {number|null} at */
  jumpTo(at) {
    this.store.jump({ at: this.within(at) });
  }

  /** @param {number|null} at */
  within(at) {
    return at === null || at >= this.latest ? null : at;
  }

  /** The button that was pressed goes, so that the focus goes on to the scrubber. */
  leavePast() {
    this.slider.focus();
    this.jumpTo(null);
  }

  goToEvent() {
    const at = Number(this.input.value.replaceAll(",", ""));
    const wrong = !this.input.value.trim() || !Number.isInteger(at) || at < 0 || at > this.latest;
    this.input.setAttribute("aria-invalid", String(wrong));
    const allowed = `0 to ${integer(this.latest)} is allowed`;
    const problem = `Event is ${this.input.value || "empty"}; ${allowed}`;
    setText(byId("timeline-problem", HTMLElement), wrong ? problem : "");
    if (!wrong) this.jumpTo(at);
  }

  /** The newest event of the machine. @param {number} seq */
  setLatest(seq) {
    if (seq === this.latest) return;
    this.latest = seq;
    this.slider.max = String(seq);
    this.refresher.request();
    this.showPlace();
  }

  /** What the server says of the moment asked for; the address names the moment's last event.
   * @param {Machine} machine */
  showMoment(machine) {
    this.shown = machine;
    if (machine.moment) {
      this.setLatest(Math.max(this.latest, machine.moment.latest));
      if (machine.moment.at !== this.store.state.at) this.go(machine.moment.at);
    }
    this.showPlace();
  }

  showPlace() {
    const { at } = this.store.state;
    if (at === null) this.shown = null;
    const text = this.shown ? ` · ${duration(this.shown.now_ns)}` : "";
    const where = `${integer(at ?? this.latest)} of ${integer(this.latest)} events`;
    setText(byId("timeline-where", HTMLElement), at === null ? `Now: ${where}` : where + text);
    this.slider.value = String(at ?? this.latest);
    this.slider.setAttribute("aria-valuetext", `after event ${where}${text}`);
    byId("past", HTMLElement).hidden = at === null;
    setText(byId("past-text", HTMLElement), `The machine after event ${integer(at ?? 0)}${text}.`);
    document.body.toggleAttribute("data-past", at !== null);
    for (const part of document.querySelectorAll(".needs-present")) {
      part.toggleAttribute("inert", at !== null);
    }
    if (at === null) this.stop();
  }

  /** The moment shown, with where the one before it ends. */
  async moment() {
    const at = this.store.state.at ?? this.latest;
    const known = this.shown?.moment;
    if (known?.at === at) return known;
    /** @type {Machine} */
    const machine = await get(`/machines/${this.id}?at=${at}`);
    return machine.moment ?? { at, previous: null, latest: at };
  }

  async back() {
    await this.move(async () => {
      const { previous } = await this.moment();
      if (previous === null) tell("This is the beginning.");
      else this.store.set({ at: previous });
    });
  }

  /** So many moments on, at most to the present; there, there is none yet. */
  async forward(count = 1) {
    const { at } = this.store.state;
    if (at === null) return;
    if (count === 1) return this.go(at + 1);
    if (count > MOST_WALKED) {
      complain(`Moments are ${integer(count)}; 1 to ${integer(MOST_WALKED)} are allowed`);
      return;
    }
    await this.move(() => this.walk(at, count));
  }

  /** @param {number} start @param {number} count */
  async walk(start, count) {
    let [at, walked] = [start, 0];
    while (walked < count && at < this.latest) {
      /** @type {Machine} */
      const machine = await get(`/machines/${this.id}?at=${at + 1}`);
      // Whoever went elsewhere meanwhile is not brought back.
      if (this.store.state.at !== start) return;
      at = machine.moment?.at ?? this.latest;
      walked += 1;
    }
    this.go(at);
    tell(`Went on by ${counted(walked, "moment")}.`);
  }

  /** @param {Direction} direction @param {string} [kind] */
  async jump(direction, kind = this.kind.value) {
    await this.move(async () => {
      const { at, previous } = await this.moment();
      const from = direction === "next" ? at : (previous ?? 0) + 1;
      const query = `kind=${kind}&direction=${direction}&from=${from}`;
      const mark = await get(`/machines/${this.id}/marks?${query}`);
      if (mark.seq !== null) {
        this.jumpTo(mark.seq);
        this.jumped(this.wordOf(kind), mark);
      } else tell(`No ${direction === "next" ? "later" : "earlier"} ${this.wordOf(kind)}.`);
      this.tellMissing(kind, mark);
    });
  }

  /** Go to the first event of a kind. @param {string} kind */
  async first(kind) {
    await this.move(async () => {
      const mark = await get(`/machines/${this.id}/marks?kind=${kind}&direction=next`);
      if (mark.seq !== null) this.jumpTo(mark.seq);
      this.tellMissing(kind, mark);
    });
  }

  /** @param {string} kind */
  wordOf(kind) {
    return this.kind.querySelector(`[value=${kind}]`)?.textContent ?? kind;
  }

  /** Not all that was there may have been found. @param {string} kind
   * @param {{since: number, complete: boolean}} mark */
  tellMissing(kind, { since, complete }) {
    if (!complete) tell(`Not every ${this.wordOf(kind)} before event ${integer(since)} is kept.`);
  }

  /** One movement at a time: each depends on where the last one led. @param {() => Promise<void>} work */
  async move(work) {
    if (this.moving) return;
    this.moving = true;
    try {
      await work();
    } catch (error) {
      complain(error);
    } finally {
      this.moving = false;
    }
  }

  /** Let the past go by, moment after moment, until it is the present. */
  togglePlay() {
    if (this.playing) this.stop();
    else this.schedule(1000 / this.rate);
  }

  /** @param {number} rate moments a second */
  setRate(rate) {
    this.rate = rate;
    if (this.playing) this.schedule(1000 / rate);
  }

  /** @param {number} ms */
  schedule(ms) {
    window.clearTimeout(this.playing);
    this.playing = window.setTimeout(() => this.tick(), ms);
  }

  tick() {
    // The moment before must be on screen first: its last event is where the next one begins.
    const shown = this.shown?.moment?.at === this.store.state.at;
    this.schedule(shown ? 1000 / this.rate : AGAIN_MS);
    if (shown) void this.forward();
  }

  stop() {
    window.clearTimeout(this.playing);
    this.playing = 0;
  }

  /** What the last step or command did is not in the machine that this leads to. */
  async undo() {
    await this.move(async () => {
      const { previous } = await this.moment();
      if (previous === null) tell("This is the beginning.");
      else await this.fork(previous);
    });
  }

  /** Go on from a moment, on a machine of its own. @param {number|null} [at] the one shown */
  async fork(at = this.store.state.at) {
    // A double click is one wish.
    if (this.forking) return;
    this.forking = true;
    try {
      const machine = await change("POST", `/machines/${this.id}/fork`, { at });
      const { vmid, hart, show } = this.store.state;
      location.assign(`/machines/${machine.id}${writeState({ ...readState(""), vmid, hart, show })}`);
    } catch (error) {
      this.forking = false;
      complain(error);
    }
  }

  async readDensity() {
    const { bins } = this.strip;
    if (!this.latest || !bins) return;
    const density = await get(`/machines/${this.id}/density?bins=${bins}`).catch(() => null);
    // Of another width by now: that was asked for already.
    if (density && bins === this.strip.bins) this.strip.show(density);
  }
}
