// @ts-check
// A chapter's page: a machine of its own, the buttons, and the check after every change.

import { get, Problem } from "../common/api.js";
import { byId } from "../common/dom.js";
import { complain } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { Refresher } from "../common/refresher.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { setTwin } from "../common/twin.js";
import { MachineStream } from "../machine/stream.js";
import { ChapterActions } from "./chapter-actions.js";
import { LiveMachineView } from "./chapter-live.js";
import { ChapterMachines } from "./chapter-machine.js";
import { ChapterVerdict } from "./chapter-verdict.js";
import { compare } from "./comparison.js";

/** @typedef {import("../common/types.js").Frame} Frame */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("./chapter-actions.js").Action} Action */
/** @typedef {{number: number, actions: Action[], twin: {decides: boolean}|null, map_hart: number|null}} Chapter */

const REFRESH_MS = 250;

class ChapterPage {
  /** @param {Chapter} chapter @param {Palette} palette */
  constructor(chapter, palette) {
    this.chapter = chapter;
    this.machines = new ChapterMachines(chapter.number);
    this.verdict = new ChapterVerdict(chapter.number);
    this.view = new LiveMachineView(palette, chapter.map_hart);
    this.refresher = new Refresher(() => this.read(), REFRESH_MS);
    this.actions = new ChapterActions(chapter.actions, () => this.refresher.request());
    /** @type {MachineStream|null} */
    this.stream = null;
    this.seq = -1;
    this.again = byId("again", HTMLButtonElement);
    this.again.addEventListener("click", () => void this.open(() => this.machines.fresh()));
    document.getElementById("compare")?.addEventListener("click", () => void this.compare());
    installShortcuts({
      ".": () => this.actions.step(),
      " ": () => void this.actions.toggle(),
    });
  }

  /** Whether the machine on screen is there to compare with. */
  get isCompared() {
    return this.machines.first !== null;
  }

  get isJudged() {
    return !this.isCompared || this.chapter.twin?.decides === true;
  }

  /** Show another machine. @param {() => Promise<Machine>} find */
  async open(find) {
    try {
      const machine = await find();
      this.stream?.pause();
      this.view.use(machine.id);
      this.actions.use(machine.id);
      this.actions.show(machine.status);
      this.again.disabled = false;
      this.showLinks(machine);
      this.verdict.begin(this.isCompared, this.isJudged);
      document.getElementById("comparison")?.toggleAttribute("hidden", !this.isCompared);
      this.follow(machine);
      this.refresher.request();
    } catch (error) {
      complain(error);
    }
  }

  async compare() {
    await this.open(() => this.machines.compared());
    if (this.isCompared) byId("comparison-title", HTMLElement).focus();
  }

  /** @param {Machine} machine */
  showLinks(machine) {
    const link = byId("open-machine", HTMLAnchorElement);
    link.href = `/machines/${machine.id}`;
    link.hidden = false;
    setTwin(`/chapters/${this.chapter.number}/check?machine=${machine.id}`);
    byId("live-policy", HTMLElement).textContent = machine.policy.name;
  }

  /** Hear of what happens to it, here or elsewhere. @param {Machine} machine */
  follow(machine) {
    this.seq = machine.seq;
    this.stream = new MachineStream(machine.id, {
      onFrame: (frame) => this.receive(frame),
      onReset: (frame) => this.receive(frame),
      onConnection: () => {},
      mayRetry: async () => true,
    });
    this.stream.open(machine.seq);
  }

  /** @param {Frame} frame */
  receive(frame) {
    this.actions.show(frame.status);
    if (frame.to === this.seq) return;
    this.seq = frame.to;
    this.refresher.request();
  }

  async read() {
    const { id, first } = this.machines;
    if (id === null) return;
    try {
      await Promise.all([
        this.view.refresh(!this.actions.running),
        this.judge(id),
        first === null ? null : compare(first, id),
      ]);
    } catch (error) {
      this.failed(error);
    }
  }

  /** @param {string} id */
  async judge(id) {
    if (!this.isJudged) return;
    const verdict = await get(`/chapters/${this.chapter.number}/check?machine=${id}`);
    if (id === this.machines.id) this.verdict.show(verdict, id);
  }

  /** A machine that made way for newer ones is said to have; a click makes another.
   * @param {unknown} error */
  failed(error) {
    if (!(error instanceof Problem) || error.status !== 404) {
      complain(error);
      return;
    }
    this.stream?.pause();
    complain(new Error("This machine made way for newer ones. “Start again” makes another."));
  }
}

installThemeToggle();
try {
  const number = Number(byId("chapter", HTMLElement).dataset.chapter);
  const [chapter, palette] = await Promise.all([get(`/chapters/${number}`), loadPalette()]);
  const page = new ChapterPage(chapter, palette);
  await page.open(() => page.machines.find());
} catch (error) {
  complain(error);
}
