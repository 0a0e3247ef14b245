// @ts-check
// The machine on the first page: its map, its key numbers, and play, step and back.

import { change, get } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { complain } from "../common/notice.js";
import { Refresher } from "../common/refresher.js";
import { onThemeChange } from "../common/theme.js";
import { waitUntilRestored } from "../machine/restoring.js";
import { MachineStream } from "../machine/stream.js";
import { Happenings } from "./happenings.js";
import { LiveMap } from "./live-map.js";
import { cellsOf, summaryText, wrongText } from "./summary.js";

/** @typedef {import("../common/types.js").BitmapView} BitmapView */
/** @typedef {import("../common/types.js").Frame} Frame */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Owner} Owner */
/** @typedef {import("../common/types.js").Palette} Palette */

const READ_MS = 120;
/** Events before the page was opened that its lines may tell of. */
const LATELY = 1000;

/** Follows one machine. */
export class LiveView {
  /** @param {Machine} machine @param {Palette} palette */
  constructor(machine, palette) {
    this.id = machine.id;
    this.base = `/machines/${machine.id}`;
    this.speed = machine.speed;
    /** The newest event when the page was opened. */
    this.opened = machine.seq;
    this.status = machine.status;
    this.busy = false;
    /** Steps asked for and not begun. */
    this.owed = 0;
    this.map = new LiveMap(byId("live-canvas", HTMLCanvasElement), palette);
    this.happenings = new Happenings(byId("live-now", HTMLElement));
    this.play = byId("live-play", HTMLButtonElement);
    this.stepButton = byId("live-step", HTMLButtonElement);
    this.back = byId("live-back", HTMLAnchorElement);
    this.reader = new Refresher(() => this.read(), READ_MS);
    this.stream = new MachineStream(machine.id, {
      onFrame: (frame) => this.receive(frame),
      onReset: (frame) => this.receive(frame),
      onConnection: () => undefined,
      mayRetry: () => waitUntilRestored(machine.id).then(Boolean, () => false),
    });
    this.play.addEventListener("click", () => void this.toggle());
    this.stepButton.addEventListener("click", () => void this.step());
    onThemeChange(() => this.map.draw());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stream.pause();
      else this.stream.resume();
    });
  }

  /** @param {Machine} machine */
  start(machine) {
    this.play.disabled = this.stepButton.disabled = false;
    this.showStatus(machine.status);
    this.reader.request();
    this.stream.open(Math.max(0, machine.seq - LATELY));
    byId("live", HTMLElement).dataset.ready = "true";
  }

  /** @param {Frame} frame */
  receive(frame) {
    this.speed = frame.speed;
    this.showStatus(frame.status);
    this.happenings.add(frame.events);
    // The moment before is shown on the machine's own page, which can look at the past.
    const before = frame.from < this.opened ? momentBefore(frame.events) : frame.from;
    if (before !== null && before < frame.to) this.back.href = `/machines/${this.id}?at=${before}`;
    byId("live", HTMLElement).dataset.told = String(frame.to);
    this.reader.request();
  }

  /** @param {import("../common/types.js").Status} status */
  showStatus(status) {
    this.status = status;
    const running = status === "running";
    const chip = byId("live-status", HTMLElement);
    setText(chip, status);
    chip.dataset.status = status;
    setText(byId("live-play-mark", HTMLElement), running ? "❚❚" : "▶");
    setText(byId("live-play-word", HTMLElement), running ? "Pause" : "Play");
  }

  async read() {
    if (document.hidden) return;
    try {
      const [summary, bitmap] = await Promise.all([
        get(`${this.base}/summary`),
        get(`${this.base}/bitmap`),
      ]);
      this.showSummary(summary);
      const cells = cellsOf(bitmap.runs, bitmap.size);
      this.map.show(cells, (vmid) => ownerOf(bitmap.owners[vmid]));
      setText(byId("live-wrong", HTMLElement), wrongText(cells, (vmid) => vmid in bitmap.owners));
      byId("live", HTMLElement).dataset.seq = String(summary.seq);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {Record<string, number|null>} summary */
  showSummary(summary) {
    for (const element of document.querySelectorAll("[data-summary]")) {
      const name = element.getAttribute("data-summary") ?? "";
      setText(element, summaryText(name, summary[name] ?? null));
      if (name === "violations_total")
        element.parentElement?.classList.toggle("bad", (summary[name] ?? 0) > 0);
    }
  }

  async toggle() {
    const running = this.status !== "running";
    await this.act(async () => {
      await change("PUT", `${this.base}/clock`, { running, speed: this.speed });
      this.showStatus(running ? "running" : "paused");
    });
  }

  /** One step; a machine that runs is paused first. */
  async step() {
    this.owed += 1;
    await this.act(async () => {
      if (this.status === "running")
        await change("PUT", `${this.base}/clock`, { running: false, speed: this.speed });
      while (this.owed) await this.stepOwed();
    });
  }

  /** The steps asked for so far, those while another was under way as one. */
  async stepOwed() {
    const count = this.owed;
    this.owed = 0;
    await change("POST", `${this.base}/step`, { count });
  }

  /** Do one thing at a time. @param {() => Promise<void>} action */
  async act(action) {
    if (this.busy) return;
    this.busy = true;
    try {
      await action();
    } catch (error) {
      complain(error);
    } finally {
      this.busy = false;
      this.owed = 0;
    }
  }
}

/** The last event of an earlier time than the newest; null where there is none among these.
 * @param {import("../common/types.js").MachineEvent[]} events */
function momentBefore(events) {
  const now = events.at(-1)?.at_ns;
  return events.filter((event) => event.at_ns !== now).at(-1)?.seq ?? null;
}

/** @param {Owner[]|undefined} owners */
function ownerOf(owners) {
  const first = owners?.[0];
  if (!owners || !first) return "";
  return `d${first.domain}${owners.length > 1 ? ` +${owners.length - 1}` : ""}`;
}
