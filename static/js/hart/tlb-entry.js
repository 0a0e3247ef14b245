// @ts-check
// One place of a TLB in words: why the entry is there, what removes it, and what does not.

import { byId, make, setText } from "../common/dom.js";

/** @typedef {import("../common/types.js").TlbPlace} TlbPlace */
/** @typedef {import("../common/types.js").FenceFate} FenceFate */
/** @typedef {import("../machine/page-state.js").PageStore} PageStore */

/** Fences by the reason why they leave an entry, one line a reason. @param {FenceFate[]} fates */
function keepers(fates) {
  /** @type {Map<string, FenceFate[]>} */
  const groups = new Map();
  for (const fate of fates) {
    const key = `${fate.reason}${fate.norm}`;
    groups.set(key, [...(groups.get(key) ?? []), fate]);
  }
  return [...groups.values()].map((group) =>
    make(
      "li",
      {},
      ...group.flatMap(({ fence }, index) => [index ? "; " : "", make("code", {}, fence)]),
      `: ${group[0]?.reason}`,
      make("span", { class: "quiet" }, group[0]?.norm ? ` (${group[0].norm})` : ""),
    ),
  );
}

/** The explanation beside the picture. */
export class TlbEntryView {
  /** @param {PageStore} store */
  constructor(store) {
    this.store = store;
    this.title = byId("tlb-entry-title", HTMLElement);
    this.body = byId("tlb-entry-body", HTMLElement);
    this.drawn = "";
  }

  /** @param {TlbPlace|null} place null: none is chosen */
  show(place) {
    const drawn = JSON.stringify(place && { ...place, seq: 0 });
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    if (!place) {
      setText(this.title, "One entry");
      const hint = "Choose a square to see why the entry is there and which fences would remove it.";
      this.body.replaceChildren(make("p", { class: "quiet" }, hint));
      return;
    }
    setText(this.title, `${place.structure} entry, set ${place.set}, way ${place.way}`);
    this.body.replaceChildren(
      make("ul", { class: "because" }, ...place.because.map((text) => make("li", {}, text))),
      ...(place.entry ? this.more(place) : []),
    );
  }

  /** @param {TlbPlace} place @returns {Node[]} */
  more(place) {
    const { entry } = place;
    if (!entry) return [];
    const link = (/** @type {string} */ text, /** @type {() => void} */ act) =>
      make("button", { type: "button", class: "small-button", click: act }, text);
    return [
      make(
        "p",
        { class: "entry-links" },
        link(`Select VMID ${entry.vmid}`, () => this.store.set({ vmid: entry.vmid })),
        link(`Select domain ${entry.owner.domain}`, () =>
          this.store.set({ domain: entry.owner.domain }),
        ),
      ),
      make("h4", {}, `Would remove it (${place.removed_by.length})`),
      make(
        "ul",
        { class: "fates", "data-fates": "removed" },
        ...place.removed_by.map(({ fence }) => make("li", {}, make("code", {}, fence))),
      ),
      make("h4", {}, `Would leave it (${place.kept_by.length})`),
      make("ul", { class: "fates", "data-fates": "kept" }, ...keepers(place.kept_by)),
    ];
  }
}
