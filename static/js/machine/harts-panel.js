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
    const go = (/** @type {number} */ hart) => store.set({ hart });
    const toggle = (/** @type {number} */ hart) =>
      store.set({ hart: store.state.hart === hart ? undefined : hart });
    const jsonOf = (/** @type {number} */ hart) => `/api/v1${source.path(`/harts/${hart}/tlb`)}`;
    this.cards = new HartCards(byId("hart-cards", HTMLElement), jsonOf, {
      hart: toggle,
      domain: (domain) => store.toggle("domain", domain),
    });
    this.strip = harts.length > MOST_CARDS ? new HartStrip(harts, palette, { go, toggle }) : null;
    byId("hart-cards", HTMLElement).classList.toggle("single", this.strip !== null);
    this.strip?.follow(this.chosen);
    store.subscribe((changed) => {
      if (changed.has("hart")) this.strip?.follow(this.chosen);
    });
  }

  /** The page's hart; null where all are shown together. */
  get chosen() {
    const { hart } = this.store.state;
    return typeof hart === "number" && this.harts.includes(hart) ? hart : null;
  }

  /** Read and show; what other panels need of the harts. @returns {Promise<BriefHart[]>} */
  async read() {
    const { chosen } = this;
    const { vmid, domain } = this.store.state;
    const selection = { hart: chosen, vmid, domain };
    if (!this.strip) {
      /** @type {{items: HartView[]}} */
      const { items } = await this.source.get("/harts");
      this.cards.show(items, selection);
      return items;
    }
    /** @type {[Occupancy, HartView]} */
    const [all, one] = await Promise.all([
      this.source.get("/harts/occupancy"),
      this.source.get(`/harts/${chosen ?? this.harts[0]}`),
    ]);
    this.strip.show(all, selection);
    this.cards.show([one], selection);
    const running = all.in_guest.filter(Boolean).length;
    setText(
      byId("hart-strip-text", HTMLElement),
      `${counted(all.harts.length, "hart")}, ${counted(running, "of them is", "of them are")} in guest mode. ` +
        "A square's colour is the domain on the hart; framed: it runs the selected VMID; underlined: it has the selected domain.",
    );
    return all.harts.map((hart, index) => ({
      hart,
      in_guest: all.in_guest[index] ?? false,
      hgatp: { vmid: all.vmid[index] ?? 0 },
    }));
  }
}
