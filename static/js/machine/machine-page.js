// @ts-check
// The machine page: what the stream tells goes to the parts that show it; maps and harts are read
// again as often as that pays.

import { Allowed, withoutUnknown } from "./allowed.js";
import { Problem } from "../common/api.js";
import { registerCommands } from "../common/commands.js";
import { Controls } from "./controls.js";
import { byId, enableControls, setText } from "../common/dom.js";
import { DomainActions } from "./domain-actions.js";
import { DomainTable } from "./domains.js";
import { HartPanel } from "../hart/hart-panel.js";
import { HartsPanel } from "./harts-panel.js";
import { LanesPanel } from "../lanes/lanes-panel.js";
import { LogPanel } from "../log/log-panel.js";
import { machineCommands } from "./machine-commands.js";
import { MapPanel } from "../map/map-panel.js";
import { MetricsView } from "./metrics.js";
import { complain } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { PageAddress } from "./address.js";
import { PageStore } from "./page-state.js";
import { PlaybackBar } from "./playback.js";
import { Refresher } from "../common/refresher.js";
import { waitUntilRestored } from "./restoring.js";
import { installShortcuts } from "../common/shortcuts.js";
import { MachineSource } from "./source.js";
import { MachineStream } from "./stream.js";
import { installThemeToggle } from "../common/theme.js";
import { Timeline } from "../timeline/timeline.js";
import { ToggledParts } from "./toggled-parts.js";
import { showTwins } from "./twins.js";
import { readState } from "./url-state.js";
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
    const { state, problems } = withoutUnknown(readState(location.search), machine);
    this.store = new PageStore(state);
    this.allowed = new Allowed(machine);
    /** What the address named that this machine does not have. */
    this.problems = problems;
    this.source = new MachineSource(machine.id, this.store);
    /** The newest frame, drawn at the next animation frame. @type {Frame|null} */
    this.frame = null;
    /** The newest frame of all. @type {Frame|null} */
    this.newest = null;
    this.seq = -1;
    this.status = machine.status;
    this.fast = new Refresher(() => this.readFast(), FAST_MS);
    this.slow = new Refresher(() => this.readSlow(), SLOW_MS);
    this.metrics = new MetricsView();
    this.playback = new PlaybackBar();
    this.timeline = new Timeline(machine.id, this.store, palette, (kind, mark) =>
      this.lanes.showMark(kind, mark),
    );
    this.controls = new Controls(machine.id, this.timeline, () => this.refresh());
    this.map = new MapPanel(machine, palette, this.store, this.source, (vmid) =>
      this.log.toggleVmid(vmid),
    );
    const { harts } = machine.platform;
    this.harts = new HartsPanel(harts, palette, this.store, this.source);
    this.hart = new HartPanel(harts, palette, this.store, this.source, () => this.slow.request());
    this.lanes = new LanesPanel(machine, palette, this.store);
    this.log = new LogPanel(this.source, this.store);
    this.banner = new ViolationBanner(
      this.source,
      (seq) => this.log.showViolation(seq),
      () => void this.timeline.first("violation"),
    );
    const actions = new DomainActions(
      machine.id,
      harts,
      () => this.timeline.inPast,
      () => this.refresh(),
    );
    this.domains = new DomainTable({
      togglePause: (domain) => actions.togglePause(domain),
      destroy: (domain) => actions.destroy(domain),
      askMigrate: (domain) => actions.askMigrate(domain),
      askUnmap: (domain) => actions.askUnmap(domain),
      showVmid: (vmid, hart) => this.map.showVmid(vmid, hart),
      isSelected: (vmid, hart) => this.map.isSelected(vmid, hart),
    }, this.store);
    this.stream = new MachineStream(machine.id, {
      onFrame: (frame) => this.receive(frame),
      onReset: (frame) => this.receive(frame),
      onConnection: (connected) => this.showConnection(connected),
      mayRetry: () => this.isThere(),
    });
    byId("create-domain", HTMLButtonElement).addEventListener("click", () => actions.askCreate());
    this.keys(actions);
    this.parts = new ToggledParts(this.store);
    this.address = new PageAddress(this.store, () => showTwins(this.source, this.map.hart));
    this.store.subscribe((changed) => this.stateChanged(changed));
  }

  /** @param {DomainActions} actions */
  keys(actions) {
    installShortcuts({
      " ": () => void this.controls.toggle(),
      ".": () => void this.controls.step(1),
      n: () => actions.askCreate(),
      ",": () => void this.timeline.back(),
      "[": () => void this.timeline.jump("previous"),
      "]": () => void this.timeline.jump("next"),
      Backspace: () => this.timeline.jumpTo(null),
      g: () => this.map.focusGoTo(),
      b: () => this.map.keep(),
      "/": () => this.log.focusFilter(),
      "!": () => this.nextViolation(),
    });
    const nextViolation = () => this.nextViolation();
    registerCommands(machineCommands({ ...this, actions, nextViolation }));
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
    this.timeline.setLatest(machine.seq);
    this.timeline.go(this.store.state.at);
    this.address.write();
    if (this.problems.length) complain(`The address is corrected. ${this.problems.join(". ")}.`);
    if (this.timeline.inPast) this.refresh();
    enableControls();
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

  /** @param {Frame} frame */
  receive(frame) {
    const waiting = this.frame !== null;
    this.frame = this.newest = frame;
    this.status = frame.status;
    if (!waiting) requestAnimationFrame(() => this.draw());
    if (document.hidden || frame.to === this.seq) return;
    this.seq = frame.to;
    if (!this.timeline.inPast) this.refresh();
  }

  draw() {
    const frame = this.frame;
    this.frame = null;
    if (!frame) return;
    this.timeline.setLatest(frame.to);
    this.controls.show(frame.status, frame.speed);
    if (!this.timeline.inPast) this.showNumbers(frame, frame.to);
  }

  /** The numbers of the moment that the page shows.
   * @param {Pick<Frame, "metrics"|"now_ns"|"steps"|"playback">} numbers @param {number} seq */
  showNumbers(numbers, seq) {
    this.metrics.show(numbers.metrics);
    this.metrics.showClock(numbers.now_ns, numbers.steps, seq);
    this.playback.show(numbers.playback);
    this.banner.show(numbers.metrics);
    this.log.showTotals(numbers.metrics);
  }

  /** The machine at the moment shown; null in the present, whose numbers the stream tells. */
  readMoment() {
    return this.timeline.inPast ? this.source.get("") : Promise.resolve(null);
  }

  refresh() {
    this.fast.request();
    this.slow.request();
    this.log.refresh();
    this.lanes.refresh();
  }

  async readFast() {
    try {
      const { at } = this.store.state;
      const [machine, bitmap, harts, values] = await Promise.all([
        this.readMoment(),
        this.source.bitmap(this.map.hart),
        this.harts.read(),
        this.map.readValues(),
      ]);
      if (at !== this.store.state.at) return;
      if (machine) {
        this.showNumbers(machine, machine.seq);
        this.timeline.showMoment(machine);
      }
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
      this.domains.show(domains.items);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {Set<string>} changed */
  stateChanged(changed) {
    if (changed.has("at")) this.timeTravelled();
    else this.refresh();
  }

  /** Everything is of another moment now; back in the present, the newest frame tells its numbers. */
  timeTravelled() {
    this.controls.show(this.status, this.controls.speed);
    if (!this.timeline.inPast && this.newest) this.showNumbers(this.newest, this.newest.to);
    this.fast.demand();
    this.slow.demand();
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
