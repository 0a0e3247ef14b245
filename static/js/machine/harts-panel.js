// @ts-check
// The harts of a machine: a card each where they are few, else all of them as a strip of squares and the
// chosen one's card.

import { byId, setText } from "../common/dom.js";
import { counted } from "../common/format.js";
import { HartCards } from "./hart-cards.js";
import { HartStrip } from "./hart-strip.js";

/** @typedef {import("../common/types.js").BriefHart} BriefHart */
/** @typedef {import("../common/types.js").HartView} HartView */
/** @typedef {import("../common/types.js").Occupancy} Occupancy */
/** @typedef {import("../common/types.js").Palette} Palette */
/** @typedef {import("./page-state.js").PageStore} PageStore */
/** @typedef {import("./source.js").MachineSource} MachineSource */

/** More harts than these are a strip. */
const MOST_CARDS = 16;

export class HartsPanel {
  /** @param {number[]} harts @param {Palette} palette @param {PageStore} store
   * @param {MachineSource} source */
  constructor(harts, palette, store, source) {
    this.harts = harts;
    this.store = store;
    this.source = source;
    const choose = (/** @type {number} */ hart) => store.set({ hart });
    this.cards = new HartCards(
      byId("hart-cards", HTMLElement),
      (hart) => `/api/v1${source.path(`/harts/${hart}/tlb`)}`,
      choose,
    );
    this.strip = harts.length > MOST_CARDS ? new HartStrip(harts, palette, choose) : null;
    byId("hart-cards", HTMLElement).classList.toggle("single", this.strip !== null);
  }

  /** The page's hart; null where all are shown together. */
  get chosen() {
    const { hart } = this.store.state;
    return typeof hart === "number" && this.harts.includes(hart) ? hart : null;
  }

  /** Read and show; what other panels need of the harts. @returns {Promise<BriefHart[]>} */
  async read() {
    const { chosen } = this;
    const { vmid } = this.store.state;
    if (!this.strip) {
      /** @type {{items: HartView[]}} */
      const { items } = await this.source.get("/harts");
      this.cards.show(items, chosen, vmid);
      return items;
    }
    /** @type {[Occupancy, HartView]} */
    const [all, one] = await Promise.all([
      this.source.get("/harts/occupancy"),
      this.source.get(`/harts/${chosen ?? this.harts[0]}`),
    ]);
    this.strip.show(all, chosen, vmid);
    this.cards.show([one], chosen, vmid);
    const running = all.in_guest.filter(Boolean).length;
    setText(
      byId("hart-strip-text", HTMLElement),
      `${counted(all.harts.length, "hart")}, ${counted(running, "of them is", "of them are")} in guest mode. ` +
        "A square's colour is the domain on the hart; framed: it runs the selected VMID.",
    );
    return all.harts.map((hart, index) => ({
      hart,
      in_guest: all.in_guest[index] ?? false,
      hgatp: { vmid: all.vmid[index] ?? 0 },
    }));
  }
}
