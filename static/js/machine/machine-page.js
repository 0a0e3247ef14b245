// @ts-check
// The machine page: what the stream tells goes to the parts that show it; maps and harts are read
// again as often as that pays.

import { Problem } from "../common/api.js";
import { Controls } from "./controls.js";
import { byId, setText } from "../common/dom.js";
import { DomainActions } from "./domain-actions.js";
import { DomainTable } from "./domains.js";
import { HartPanel } from "../hart/hart-panel.js";
import { HartsPanel } from "./harts-panel.js";
import { LogPanel } from "../log/log-panel.js";
import { MapPanel } from "../map/map-panel.js";
import { MetricsView } from "./metrics.js";
import { complain } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { PageStore } from "./page-state.js";
import { PlaybackBar } from "./playback.js";
import { Refresher } from "../common/refresher.js";
import { waitUntilRestored } from "./restoring.js";
import { installShortcuts } from "../common/shortcuts.js";
import { MachineSource } from "./source.js";
import { MachineStream } from "./stream.js";
import { installThemeToggle } from "../common/theme.js";
import { readState, writeState } from "./url-state.js";
import { ViolationBanner } from "./violation-banner.js";

/** @typedef {import("../common/types.js").Frame} Frame */
/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */

const FAST_MS = 100;
const SLOW_MS = 500;

class MachinePage {
  /** @param {Machine} machine @param {Palette} palette */
  constructor(machine, palette) {
    this.id = machine.id;
    this.store = new PageStore(readState(location.search));
    this.source = new MachineSource(machine.id, this.store);
    /** The newest frame, drawn at the next animation frame. @type {Frame|null} */
    this.frame = null;
    this.seq = -1;
    this.status = machine.status;
    this.fast = new Refresher(() => this.readFast(), FAST_MS);
    this.slow = new Refresher(() => this.readSlow(), SLOW_MS);
    this.metrics = new MetricsView();
    this.playback = new PlaybackBar();
    this.controls = new Controls(machine.id, () => this.refresh());
    this.map = new MapPanel(machine, palette, this.store, this.source, (vmid) =>
      this.log.toggleVmid(vmid),
    );
    const { harts } = machine.platform;
    this.harts = new HartsPanel(machine.id, harts, palette, this.store, this.source);
    this.hart = new HartPanel(harts, palette, this.store, this.source, () => this.slow.request());
    this.log = new LogPanel(machine.id, this.store);
    this.banner = new ViolationBanner(machine.id, (seq) => this.log.showViolation(seq));
    const actions = new DomainActions(machine.id, machine.platform.harts, () => this.refresh());
    this.domains = new DomainTable({
      togglePause: (domain) => actions.togglePause(domain),
      destroy: (domain) => actions.destroy(domain),
      askMigrate: (domain) => actions.askMigrate(domain),
      askUnmap: (domain) => actions.askUnmap(domain),
      showVmid: (vmid, hart) => this.map.showVmid(vmid, hart),
      toggle: (domain) => this.store.toggle("domain", domain),
    });
    this.stream = new MachineStream(machine.id, {
      onFrame: (frame) => this.receive(frame),
      onReset: (frame) => this.receive(frame, true),
      onConnection: (connected) => this.showConnection(connected),
      mayRetry: () => this.isThere(),
    });
    byId("create-domain", HTMLButtonElement).addEventListener("click", () => actions.askCreate());
    this.keys(actions);
    this.store.subscribe(() => this.stateChanged());
  }

  /** @param {DomainActions} actions */
  keys(actions) {
    installShortcuts({
      " ": () => void this.controls.toggle(),
      ".": () => void this.controls.step(1),
      n: () => actions.askCreate(),
      g: () => this.map.focusGoTo(),
      b: () => this.map.keep(),
      "/": () => this.log.focusFilter(),
      "!": () => this.nextViolation(),
    });
  }

  /** @param {Machine} machine */
  start(machine) {
    this.receive({
      from: machine.seq,
      to: machine.seq,
      now_ns: machine.now_ns,
      status: machine.status,
      speed: machine.speed,
      steps: machine.steps,
      playback: machine.playback,
      metrics: machine.metrics,
      events: [],
    });
    this.log.start();
    this.stream.open(machine.seq);
    document.addEventListener("visibilitychange", () => this.visibilityChanged());
  }

  visibilityChanged() {
    if (document.hidden) {
      this.stream.pause();
    } else {
      this.stream.resume();
      this.refresh();
    }
  }

  /** @param {Frame} frame @param {boolean} [gap] were events left out before it? */
  receive(frame, gap = false) {
    const waiting = this.frame !== null;
    this.frame = frame;
    this.status = frame.status;
    if (gap) this.log.gap();
    else this.log.add(frame.events);
    if (!waiting) requestAnimationFrame(() => this.draw());
    if (document.hidden || frame.to === this.seq) return;
    this.seq = frame.to;
    this.refresh();
  }

  draw() {
    const frame = this.frame;
    this.frame = null;
    if (!frame) return;
    this.metrics.show(frame.metrics);
    this.metrics.showClock(frame.now_ns, frame.steps, frame.to);
    this.controls.show(frame.status, frame.speed);
    this.playback.show(frame.playback);
    this.banner.show(frame.metrics);
    this.log.showKinds(frame.metrics);
  }

  refresh() {
    this.fast.request();
    this.slow.request();
  }

  async readFast() {
    try {
      const [bitmap, harts, values] = await Promise.all([
        this.source.bitmap(this.map.hart),
        this.harts.read(),
        this.map.readValues(),
      ]);
      this.map.showHarts(harts);
      this.map.showCells(bitmap.cells, this.status !== "running", bitmap.seq, values);
      document.body.dataset.seq = String(bitmap.seq);
    } catch (error) {
      complain(error);
    }
  }

  async readSlow() {
    try {
      const [domains] = await Promise.all([
        this.source.get("/domains"),
        this.map.readDetails(),
        this.hart.read(),
      ]);
      this.domains.show(domains.items, this.store.state.domain);
    } catch (error) {
      complain(error);
    }
  }

  stateChanged() {
    const address = (writeState(this.store.state) || location.pathname) + location.hash;
    history.replaceState(null, "", address);
    this.refresh();
  }

  nextViolation() {
    if (!this.map.nextViolation()) this.log.showViolation(this.banner.seq);
  }

  /** @param {boolean} connected */
  showConnection(connected) {
    byId("connection", HTMLElement).hidden = connected;
  }

  /** Is there still such a machine? One that is being restored is waited for. */
  async isThere() {
    try {
      await waitUntilRestored(this.id);
    } catch (error) {
      const gone = error instanceof Problem && error.status === 404;
      if (gone)
        setText(
          byId("connection", HTMLElement),
          "This machine was deleted. What is shown here was its end.",
        );
      return !gone;
    }
    return true;
  }
}

const id = byId("machine", HTMLElement).dataset.machineId ?? "";
installThemeToggle();
try {
  const [machine, palette] = await Promise.all([waitUntilRestored(id), loadPalette()]);
  new MachinePage(machine, palette).start(machine);
} catch (error) {
  complain(error);
}
