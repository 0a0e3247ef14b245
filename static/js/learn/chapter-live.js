// @ts-check
// The compact machine: VMIDs on a map and in words, harts, and the newest fences and wrong hits.

import { byId, make } from "../common/dom.js";
import { rowOf } from "../log/event-row.js";
import { words } from "../log/log-words.js";
import { HartCards } from "../machine/hart-cards.js";
import { PageStore } from "../machine/page-state.js";
import { MachineSource } from "../machine/source.js";
import { readState } from "../machine/url-state.js";
import { ownerText } from "../map/inspector.js";
import { isAliased, isFree, stateOf } from "../map/vmid-cells.js";
import { VmidMap } from "../map/vmid-map.js";

/** @typedef {import("../common/types.js").BitmapView} BitmapView */
/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("../common/types.js").Owner} Owner */
/** @typedef {import("../common/types.js").Palette} Palette */

const MOST_LINES = 6;
const MOST_VMIDS = 8;

/** Shows one machine as it is now. */
export class LiveMachineView {
  /** @param {Palette} palette @param {number|null} hart whose VMIDs; null: all together */
  constructor(palette, hart) {
    this.hart = hart;
    this.map = new VmidMap(
      byId("map-frame", HTMLElement),
      byId("map-states", HTMLCanvasElement),
      byId("map-overlay", HTMLCanvasElement),
      palette,
      { onSelect: () => {}, onHover: () => {} },
    );
    this.use("");
  }

  /** Show this machine from now on. @param {string} machine */
  use(machine) {
    this.source = new MachineSource(machine, new PageStore(readState("")));
    byId("hart-cards", HTMLElement).replaceChildren();
    this.harts = new HartCards(
      byId("hart-cards", HTMLElement),
      (hart) => `/api/v1/machines/${machine}/harts/${hart}/tlb`,
    );
  }

  /** Read everything and show it. @param {boolean} ring mark VMIDs that changed? */
  async refresh(ring) {
    const { source, hart } = this;
    if (!source || !this.harts) return;
    const [bitmap, view, harts, fences, hits] = await Promise.all([
      source.bitmap(hart),
      source.get("/bitmap", { hart }),
      source.get("/harts"),
      source.get("/flushes", { limit: MOST_LINES }),
      source.get("/violations", { limit: MOST_LINES }),
    ]);
    this.map.show(bitmap.cells, ring);
    this.map.showOwners(view.owners);
    showWords(bitmap.cells, view);
    this.harts.show(harts.items);
    showNewest([...fences.items, ...hits.items.map(rowOf)]);
    document.body.dataset.seq = String(bitmap.seq);
  }
}

/** @param {Uint8Array} cells @param {BitmapView} view */
function showWords(cells, view) {
  const taken = [...cells.entries()].filter(([, byte]) => !isFree(byte));
  const items = taken.slice(0, MOST_VMIDS).map(([vmid, byte]) => {
    const state = stateOf(byte);
    const owners = (view.owners[vmid] ?? []).map(ownerText).join(" and ");
    const shared = isAliased(byte) ? ", shared" : "";
    return make(
      "li",
      {},
      make("span", { class: `swatch small state-${state}`, "aria-hidden": "true" }),
      `VMID ${vmid}: ${state}${shared}${owners ? `, ${owners}` : ""}`,
    );
  });
  const left = taken.length - items.length;
  if (left > 0) items.push(make("li", { class: "quiet" }, `and ${left} more`));
  byId("map-words", HTMLElement).replaceChildren(...items);
}

/** @param {LogRow[]} lines */
function showNewest(lines) {
  const newest = lines.sort((a, b) => b.seq - a.seq).slice(0, MOST_LINES);
  const items = newest.map((item) => {
    const wrong = item.type === "violation";
    const dropped = item.type === "executed" ? `; dropped ${item.dropped ?? 0}` : "";
    const where = wrong ? "" : `Hart ${item.hart}: `;
    return make(
      "li",
      { class: wrong ? "wrong-hit" : null, "data-seq": item.seq },
      make("span", { class: "number quiet" }, `${item.seq}`),
      make("span", {}, `${wrong ? "! Wrong hit: " : ""}${where}${words(item)}${dropped}`),
    );
  });
  byId("newest", HTMLElement).replaceChildren(...items);
  byId("newest-none", HTMLElement).hidden = items.length > 0;
}
