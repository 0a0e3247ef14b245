// @ts-check
// Two policies on one schedule: the page that finds or makes the two machines, moves both by the
// same steps, and shows them side by side.

import { bitmapBytes, change, Problem } from "../common/api.js";
import { registerCommands } from "../common/commands.js";
import { byId, enableControls, make, setText } from "../common/dom.js";
import { duration, integer } from "../common/format.js";
import { clearProblems, showProblems } from "../common/forms.js";
import { complain } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { Refresher } from "../common/refresher.js";
import { Latest } from "./latest.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { parseVmid } from "../machine/url-state.js";
import { bodyOf, readForm, readView, writeAddress } from "./compare-address.js";
import { compareCommands } from "./compare-commands.js";
import { CompareControls } from "./compare-controls.js";
import { CompareForm } from "./compare-form.js";
import { CompareMaps } from "./compare-maps.js";
import { DeltaTable } from "./delta-table.js";
import { DivergencePanel } from "./divergence-panel.js";

/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("./compare-address.js").View} View */
/** @typedef {import("./compare-types.js").Comparison} Comparison */
/** @typedef {import("./compare-types.js").Side} Side */

const ADDRESS_MS = 500;
const RETRY_MS = 500;
/** Steps that both make at most before they are shown on the way to a far position. */
const MOST_AT_ONCE = 20000;
const TWINS = "link[rel=alternate], .site-footer a[href^='/api/v1/comparisons']";

class ComparePage {
  /** @param {Palette} palette */
  constructor(palette) {
    this.form = new CompareForm(() => this.loads.request());
    /** @type {View} */
    this.view = readView(location.search);
    /** @type {Comparison|null} */
    this.comparison = null;
    this.loads = new Latest(() => this.load());
    this.moves = new Latest(() => this.move());
    this.addresses = new Refresher(async () => this.writeAddress(), ADDRESS_MS);
    this.maps = new CompareMaps(palette, (vmid) => this.look({ vmid }));
    this.deltas = new DeltaTable();
    this.divergence = new DivergencePanel((step) => this.controls.goTo(step));
    this.controls = new CompareControls(this);
    this.form.fill(readForm(location.search, this.form.usual));
    this.listen();
    enableControls();
    this.loads.request();
  }

  /** Where both are shown, or on their way to. */
  get steps() {
    return this.view.steps;
  }

  get busy() {
    return this.comparison === null || this.moves.busy || this.loads.busy || this.moves.wanted;
  }

  listen() {
    const hart = byId("compare-hart", HTMLSelectElement);
    hart.addEventListener("change", () => {
      this.look({ hart: hart.value === "all" ? null : Number(hart.value) });
    });
    const of = byId("compare-of", HTMLSelectElement);
    of.value = this.view.of;
    of.addEventListener("change", () => this.look({ of: /** @type {any} */ (of.value) }));
    byId("vmid-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.goToVmid();
    });
    const { controls, divergence } = this;
    registerCommands(compareCommands({ controls, divergence, look: (part) => this.look(part) }));
    installShortcuts({
      " ": () => this.controls.toggle(),
      ".": () => this.controls.step(1),
      ",": () => this.controls.step(-1),
      f: () => void this.divergence.find(),
      x: () => byId("swap", HTMLButtonElement).click(),
      g: () => byId("compare-vmid", HTMLInputElement).focus(),
    });
  }

  goToVmid() {
    const input = byId("compare-vmid", HTMLInputElement);
    const vmid = parseVmid(input.value);
    const largest = this.maps.a.length - 1;
    const wrong = vmid === null || vmid > largest;
    input.setAttribute("aria-invalid", String(wrong));
    const problem = `VMID is ${input.value || "empty"}; 0 to ${largest} is allowed`;
    setText(byId("vmid-problem", HTMLElement), wrong ? problem : "");
    if (!wrong) this.look({ vmid });
  }

  /** Look at something else of the same moment. @param {Partial<View>} part */
  look(part) {
    this.view = { ...this.view, ...part };
    this.maps.select(this.view.vmid);
    if ("hart" in part || "of" in part) this.moves.request();
    this.addresses.request();
  }

  /** @param {number} steps */
  goTo(steps) {
    this.view = { ...this.view, steps };
    this.moves.request();
  }

  paused() {
    this.addresses.request();
  }

  /** Find or make the two machines that the form stands for, then go where the address says. */
  async load() {
    clearProblems(this.form.form);
    this.controls.pause();
    try {
      /** @type {Comparison} */
      const found = await this.patiently(() =>
        change("POST", "/comparisons", bodyOf(this.form.values())),
      );
      const { steps } = this.view;
      if (found.id !== this.comparison?.id) this.deltas.clear();
      this.comparison = { ...found, steps };
      this.showPair(found);
      this.moves.request();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      showProblems(this.form.form, error);
    }
  }

  /** A machine that is being restored after a restart is waited for.
   * @template T @param {() => Promise<T>} ask @returns {Promise<T>} */
  async patiently(ask) {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const restoring = error instanceof Problem && error.status === 503;
        if (!restoring) throw error;
        setText(byId("compare-status", HTMLElement), error.message);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** Bring both to the wanted step, or nearer to it, and show them there. */
  async move() {
    if (this.comparison === null) return;
    const maps = byId("compare-grid", HTMLElement);
    maps.setAttribute("aria-busy", "true");
    await this.moveOn(this.comparison);
    maps.setAttribute("aria-busy", String(this.moves.wanted));
  }

  /** @param {Comparison} comparison */
  async moveOn({ id, most_steps: most, steps: before }) {
    const wanted = this.view.steps;
    const steps = Math.min(wanted, most + MOST_AT_ONCE);
    try {
      /** @type {Comparison} */
      const found = await change("PUT", `/comparisons/${id}/position`, { steps });
      const maps = await bitmapBytes(this.mapsPath(found));
      if (id !== this.comparison?.id) return;
      this.comparison = found;
      this.show(found, maps.cells, found.steps !== before && !this.controls.clock.running);
      if (steps < this.view.steps && wanted === this.view.steps) this.moves.request();
    } catch (error) {
      this.moveFailed(error);
    }
  }

  /** A machine that was deleted, or given other commands elsewhere, is made anew.
   * @param {unknown} error */
  moveFailed(error) {
    const gone = error instanceof Problem && [404, 409, 503].includes(error.status);
    if (gone && this.comparison !== null) {
      this.comparison = null;
      this.loads.request();
    } else {
      this.controls.pause();
      complain(error);
    }
  }

  /** @param {Comparison} found */
  mapsPath(found) {
    const hart = this.hartOf(found);
    const query = `format=binary&steps=${found.steps}${hart === null ? "" : `&hart=${hart}`}`;
    return `/comparisons/${found.id}/maps?${query}`;
  }

  /** Whose maps are shown: under a scheme of ids of each hart's own, all together say little.
   * @param {Comparison} found @returns {number|null} */
  hartOf({ platform, a, b }) {
    const { hart } = this.view;
    if (hart === null || (hart !== undefined && platform.harts.includes(hart))) return hart;
    const perHart = [a, b].some(({ policy }) => policy.scope === "per-hart");
    return perHart ? (platform.harts[0] ?? null) : null;
  }

  /** What stays while both move. @param {Comparison} found */
  showPair(found) {
    setText(byId("compare-status", HTMLElement), "");
    this.form.explain(found.a.policy.summary, found.b.policy.summary);
    this.divergence.begin(found.id);
    for (const [side, { policy }] of /** @type {const} */ ([["a", found.a], ["b", found.b]])) {
      setText(byId(`name-${side}`, HTMLElement), policy.name);
    }
    const all = make("option", { value: "all" }, "all harts");
    const harts = found.platform.harts.map((hart) => make("option", { value: hart }, `hart ${hart}`));
    byId("compare-hart", HTMLSelectElement).replaceChildren(all, ...harts);
  }

  /** @param {Comparison} found @param {Uint8Array} cells @param {boolean} ring */
  show(found, cells, ring) {
    const half = cells.length / 2;
    this.maps.show(cells.subarray(0, half), cells.subarray(half), this.view.of, ring);
    this.maps.select(this.view.vmid);
    byId("compare-hart", HTMLSelectElement).value = String(this.hartOf(found) ?? "all");
    this.deltas.show(found);
    this.controls.show(found.steps, found.most_steps);
    this.showSide("a", found.a, found.steps);
    this.showSide("b", found.b, found.steps);
    setText(byId("compare-time", HTMLElement), duration(found.a.now_ns));
    this.showTwin(`/api/v1/comparisons/${found.id}?steps=${found.steps}`);
    document.body.dataset.steps = String(found.steps);
    document.body.dataset.comparison = found.id;
    this.addresses.request();
  }

  /** The address of the same in JSON. @param {string} address */
  showTwin(address) {
    for (const link of document.querySelectorAll(TWINS)) link.setAttribute("href", address);
  }

  /** @param {"a"|"b"} side @param {Side} one @param {number} steps */
  showSide(side, one, steps) {
    setText(byId(`events-${side}`, HTMLElement), integer(one.seq));
    const link = byId(`open-${side}`, HTMLAnchorElement);
    const moment = one.steps === steps ? "" : `?at=${one.seq}`;
    link.setAttribute("href", `/machines/${one.machine}${moment}`);
  }

  writeAddress() {
    const query = writeAddress(this.form.values(), this.form.usual, this.view);
    history.replaceState(null, "", query + location.hash);
  }
}

installThemeToggle();
try {
  new ComparePage(await loadPalette());
} catch (error) {
  complain(error);
}
