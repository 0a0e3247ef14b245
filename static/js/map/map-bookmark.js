// @ts-check
// A moment of the map that is kept, to see which VMIDs differ from it now.

import { byId, make, setText } from "../common/dom.js";
import { counted, hex, integer } from "../common/format.js";
import { byteText, changed } from "./vmid-cells.js";

/** @typedef {import("../machine/page-state.js").PageStore} PageStore */
/** @typedef {import("../machine/source.js").MachineSource} MachineSource */

const MOST_LISTED = 200;

/** Keeps the bytes of one moment by hart; those it does not have it asks the server for. */
export class MapBookmark {
  /** @param {PageStore} store @param {MachineSource} source @param {(vmid: number) => void} select
   * @param {() => void} changed another moment is kept, or its bytes have come */
  constructor(store, source, select, changed) {
    this.store = store;
    this.source = source;
    this.select = select;
    this.changed = changed;
    /** The bytes of the kept moment by hart; null where the server does not have them.
     * @type {Map<number|null, Uint8Array|null>} */
    this.kept = new Map();
    /** The moment that `kept` is of. @type {number|null} */
    this.keptSeq = null;
    this.status = byId("bookmark-status", HTMLElement);
    this.remove = byId("bookmark-remove", HTMLButtonElement);
    this.list = byId("bookmark-list", HTMLDetailsElement);
    this.rows = byId("bookmark-rows", HTMLElement);
    this.remove.addEventListener("click", () => {
      byId("bookmark-keep", HTMLButtonElement).focus();
      store.set({ bookmark: null });
    });
    this.list.addEventListener("toggle", () => this.changed());
    store.subscribe((keys) => {
      if (keys.has("bookmark")) this.changed();
    });
  }

  /** Keep these bytes. @param {Uint8Array} cells @param {number|null} hart @param {number} seq */
  keep(cells, hart, seq) {
    this.kept = new Map([[hart, cells]]);
    this.keptSeq = seq;
    if (this.store.state.bookmark === seq) this.changed();
    else this.store.set({ bookmark: seq });
  }

  /** The VMIDs that differ from the bookmark; null without one, or while its bytes are not there.
   * @param {Uint8Array} cells @param {number|null} hart @returns {number[]|null} */
  compare(cells, hart) {
    const { bookmark } = this.store.state;
    this.remove.hidden = bookmark === null;
    const before = bookmark === null ? undefined : this.bytes(bookmark, hart);
    const differing = before ? changed(before, cells) : null;
    this.list.hidden = !differing?.length;
    if (bookmark === null) setText(this.status, "");
    else if (before === undefined) setText(this.status, `Reading the map of event ${integer(bookmark)}…`);
    else if (before && differing) this.show(bookmark, before, cells, differing);
    else setText(this.status, `The map of event ${integer(bookmark)} is not there to compare with.`);
    return differing;
  }

  /** @param {number} seq @param {number|null} hart @returns {Uint8Array|null|undefined} */
  bytes(seq, hart) {
    if (seq !== this.keptSeq) {
      this.kept.clear();
      this.keptSeq = seq;
    }
    const bytes = this.kept.get(hart);
    if (bytes === undefined && !this.kept.has(hart)) void this.read(seq, hart);
    return bytes;
  }

  /** @param {number} seq @param {number|null} hart */
  async read(seq, hart) {
    const read = await this.source.bitmap(hart, seq).catch(() => null);
    if (seq !== this.keptSeq || this.kept.has(hart)) return;
    this.kept.set(hart, read?.cells ?? null);
    // An event within a step leads to the step's end, which is what is kept.
    if (read && read.seq !== seq) {
      this.keptSeq = read.seq;
      this.store.set({ bookmark: read.seq });
    } else this.changed();
  }

  /** @param {number} seq @param {Uint8Array} before @param {Uint8Array} cells @param {number[]} differing */
  show(seq, before, cells, differing) {
    const [many, moment] = [counted(differing.length, "VMID"), `event ${integer(seq)}`];
    const verb = differing.length === 1 ? "differs" : "differ";
    setText(this.status, differing.length ? `${many} ${verb} from ${moment}.` : `As at ${moment}.`);
    if (!this.list.open) return;
    const rows = differing.slice(0, MOST_LISTED).map((vmid) => {
      const from = byteText(before[vmid] ?? 0);
      const to = byteText(cells[vmid] ?? 0);
      const go = make("button", { type: "button", class: "link-button" }, `VMID ${vmid} (${hex(vmid)})`);
      go.addEventListener("click", () => this.select(vmid));
      return make("li", {}, go, `: ${from} → ${to}`);
    });
    const left = differing.length - rows.length;
    if (left > 0) rows.push(make("li", { class: "quiet" }, `and ${integer(left)} more`));
    this.rows.replaceChildren(...rows);
  }
}
