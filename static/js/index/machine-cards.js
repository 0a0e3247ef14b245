// @ts-check
// Machines as cards: live key numbers and a small picture of the VMID map.

import { bitmapBytes } from "../common/api.js";
import { byId, make, setText } from "../common/dom.js";
import { counted, duration } from "../common/format.js";
import { keyNumber } from "../machine/metrics.js";
import { pixelTable } from "../common/palette.js";
import { currentTheme } from "../common/theme.js";
import { shapeOf, vmidlenOf } from "../map/vmid-grid.js";

/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */

const MOST_PICTURES = 8;
/** @type {[string, string][]} */
const NUMBERS = [
  ["guest_entries", "Guest entries"],
  ["rollovers", "Roll-overs"],
  ["local_fences", "Local fences"],
  ["remote_fences", "Remote fences"],
  ["violations_total", "Wrong accesses"],
];

class MachineCard {
  /** @param {HTMLElement|null} served the server's own card, if there is one
   * @param {Machine} machine @param {(machine: Machine) => void} askDelete */
  constructor(served, machine, askDelete) {
    this.machine = machine;
    this.picture = make("canvas", {
      class: "thumbnail",
      "aria-hidden": "true",
      width: 16,
      height: 16,
    });
    this.status = make("span", { class: "status-chip" });
    this.facts = make("span");
    this.time = make("dd");
    this.numbers = new Map(NUMBERS.map(([name]) => [name, make("dd", { "data-metric": name })]));
    const remove = make(
      "button",
      {
        type: "button",
        class: "small-button",
        "aria-label": `Delete ${machine.name}`,
        click: () => askDelete(this.machine),
      },
      "Delete…",
    );
    const link = make("a", { href: `/machines/${machine.id}` }, machine.name);
    const lines = NUMBERS.map(([name, label]) =>
      make("div", {}, make("dt", {}, label), this.numbers.get(name) ?? ""),
    );
    this.element = make(
      "li",
      { class: "machine-card", "data-machine": machine.id },
      this.picture,
      make(
        "div",
        { class: "card-text" },
        make("h3", {}, link),
        make("p", { class: "card-facts" }, this.status, this.facts),
        make(
          "dl",
          { class: "card-numbers" },
          make("div", {}, make("dt", {}, "Machine time"), this.time),
          ...lines,
        ),
      ),
      remove,
    );
    served?.replaceWith(this.element);
    this.drawnSeq = -1;
    this.drawnTheme = "";
  }

  /** @param {Machine} machine */
  show(machine) {
    this.machine = machine;
    setText(this.status, machine.status);
    this.status.setAttribute("data-status", machine.status);
    const { harts, vmidlen, name } = machine.platform;
    const bits = [...new Set(vmidlen)].join(", ");
    const facts = [machine.policy.name, name, counted(harts.length, "hart"), `VMIDLEN ${bits}`];
    setText(this.facts, ` ${facts.join(" · ")}`);
    setText(this.time, duration(machine.now_ns));
    for (const [key, element] of this.numbers) setText(element, keyNumber(key, machine.metrics));
    const bad = (machine.metrics.violations_total ?? 0) > 0;
    this.numbers.get("violations_total")?.parentElement?.classList.toggle("bad", bad);
  }

  /** @param {Palette} palette */
  async draw(palette) {
    const theme = currentTheme();
    const { id, seq, status, policy, platform } = this.machine;
    if (status === "restoring" || status === "failed") return;
    if (seq === this.drawnSeq && theme === this.drawnTheme) return;
    const hart = policy.scope === "per-hart" ? (platform.harts[0] ?? null) : null;
    const { cells } = await bitmapBytes(`/machines/${id}/bitmap?format=binary${hart === null ? "" : `&hart=${hart}`}`);
    const { columns, rows } = shapeOf(vmidlenOf(cells.length));
    Object.assign(this.picture, { width: columns, height: rows });
    const context = this.picture.getContext("2d");
    if (!context) return;
    const image = context.createImageData(columns, rows);
    const pixels = pixelTable(palette, theme);
    new Uint32Array(image.data.buffer).set([...cells].map((byte) => pixels[byte] ?? 0));
    context.putImageData(image, 0, 0);
    this.drawnSeq = seq;
    this.drawnTheme = theme;
  }
}

/** A class leaves dozens of machines, which would hide all others. @param {Machine} machine */
function isCalledLearn(machine) {
  return /^Learn \d+: /.test(machine.name);
}

/** The machines, and folded below them those of Learn. */
export class MachineCards {
  /** @param {Palette} palette @param {(machine: Machine) => void} askDelete */
  constructor(palette, askDelete) {
    this.list = byId("machine-cards", HTMLElement);
    this.learnList = byId("learn-cards", HTMLElement);
    this.palette = palette;
    this.askDelete = askDelete;
    /** @type {Map<string, MachineCard>} */
    this.cards = new Map();
  }

  /** @param {Machine[]} machines */
  show(machines) {
    const ofLearn = machines.filter(isCalledLearn).length;
    byId("learn-machines", HTMLElement).hidden = ofLearn === 0;
    setText(byId("learn-count", HTMLElement), String(ofLearn));
    const kept = new Set(machines.map((machine) => machine.id));
    for (const [id, card] of this.cards) {
      if (kept.has(id)) continue;
      card.element.remove();
      this.cards.delete(id);
    }
    for (const machine of machines) (this.cards.get(machine.id) ?? this.add(machine)).show(machine);
    const pictured = machines.filter((machine) => !isCalledLearn(machine)).slice(0, MOST_PICTURES);
    for (const { id } of pictured) void this.cards.get(id)?.draw(this.palette).catch(() => undefined);
  }

  /** @param {Machine} machine */
  add(machine) {
    const list = isCalledLearn(machine) ? this.learnList : this.list;
    const served = list.querySelector(`[data-machine="${CSS.escape(machine.id)}"]`);
    const card = new MachineCard(
      served instanceof HTMLElement ? served : null,
      machine,
      this.askDelete,
    );
    if (!served) list.append(card.element);
    this.cards.set(machine.id, card);
    return card;
  }
}
