// @ts-check
// One card a hart: who runs, what is in hgatp, whose entries fill the TLB.

import { make, setText } from "../common/dom.js";
import { counted, integer, vmidText } from "../common/format.js";
import { hueOf } from "../common/palette.js";

/** @typedef {import("../common/types.js").HartView} HartView */
/** @typedef {import("../common/types.js").RegisterField} RegisterField */
/** @typedef {import("../common/types.js").TlbShare} TlbShare */

const MOST_SHARES = 6;
/** @param {string} name */
const part = (name) => make("div", { class: name });

class HartCard {
  /** @param {number} hart @param {((hart: number) => void)|null} choose */
  constructor(hart, choose) {
    this.name = choose
      ? make("button", { type: "button", class: "hart-name", click: () => choose(hart) }, `Hart ${hart}`)
      : make("span", {}, `Hart ${hart}`);
    this.running = part("hart-running");
    this.generation = make("span", { class: "hart-generation" });
    this.register = make("dl", { class: "register" });
    this.mismatch = make("p", { class: "warning small", hidden: true });
    this.vsatp = make("p", { class: "quiet mono small" });
    this.bar = make("div", { class: "fill-bar", role: "img" });
    this.fillText = make("p", { class: "fill-text small" });
    this.json = make(
      "a",
      { class: "small", "aria-label": `TLB entries of hart ${hart} (JSON)` },
      "TLB entries (JSON)",
    );
    this.element = make(
      "li",
      { class: "hart-card", "data-hart": hart },
      make("header", {}, make("h3", {}, this.name), this.generation),
      this.running,
      this.register,
      this.mismatch,
      this.vsatp,
      this.bar,
      this.fillText,
      this.json,
    );
    /** What was drawn last, to leave the document alone where nothing changed. */
    this.drawn = { running: "", register: "", fill: "" };
  }

  /** @param {HartView} hart */
  show(hart) {
    this.showRunning(hart);
    setText(
      this.generation,
      hart.generation === null ? "" : `generation ${integer(hart.generation)}`,
    );
    this.showRegister(hart);
    const { hgatp, vsatp } = hart;
    const differs = hgatp.programmed_vmid !== hgatp.vmid;
    this.mismatch.hidden = !differs;
    if (differs) {
      const bits = counted(hart.vmidlen, "bit");
      setText(
        this.mismatch,
        `programmed VMID ${vmidText(hgatp.programmed_vmid)}; ` +
          `with ${bits} it took effect as ${vmidText(hgatp.vmid)}`,
      );
    }
    const asid =
      vsatp.mode_name.toLowerCase() === "bare" ? "" : ` · ASID ${vsatp.asid} · PPN ${vsatp.ppn}`;
    setText(this.vsatp, `vsatp ${vsatp.mode_name}${asid}`);
    this.showFill(hart);
  }

  /** @param {boolean} chosen @param {boolean} hasVmid does it run the selected VMID? */
  mark(chosen, hasVmid) {
    if (this.name instanceof HTMLButtonElement) {
      this.name.setAttribute("aria-pressed", String(chosen));
    }
    this.element.classList.toggle("chosen", chosen);
    this.element.classList.toggle("has-vmid", hasVmid);
    this.element.title = hasVmid ? "runs a guest under the selected VMID" : "";
  }

  /** @param {HartView} hart */
  showRunning({ vcpu, in_guest: inGuest }) {
    const text = vcpu ? `${vcpu.domain} ${vcpu.name} ${vcpu.vcpu} ${inGuest}` : "";
    if (text === this.drawn.running && this.running.hasChildNodes()) return;
    this.drawn.running = text;
    if (!vcpu) {
      this.running.replaceChildren(make("span", { class: "quiet" }, "idle"));
      return;
    }
    this.running.replaceChildren(
      make("span", { class: `dot hue-${hueOf(vcpu.domain)}` }),
      make("strong", { class: "clip", title: vcpu.name }, vcpu.name),
      make("span", { class: "nowrap" }, `d${vcpu.domain}.v${vcpu.vcpu}`),
      make("span", { class: inGuest ? "chip on" : "chip" }, inGuest ? "● in guest" : "○ outside"),
    );
  }

  /** @param {HartView} hart */
  showRegister({ hgatp, vmidlen }) {
    const text = `${hgatp.value} ${hgatp.programmed_vmid}`;
    if (text === this.drawn.register) return;
    this.drawn.register = text;
    const named = hgatp.fields.filter((field) => field.field.toLowerCase() !== "reserved");
    const cells = named.map((field) => registerCell(field, fieldText(field, hgatp, vmidlen)));
    this.register.replaceChildren(...cells);
    this.register.title = `hgatp ${hgatp.value}`;
  }

  /** @param {HartView} hart */
  showFill({ tlb }) {
    const drawn = JSON.stringify(tlb);
    if (drawn === this.drawn.fill) return;
    this.drawn.fill = drawn;
    const shares = [...tlb.fill].sort((a, b) => b.entries - a.entries);
    this.bar.replaceChildren(...shares.filter((share) => share.entries).map(segment(tlb.capacity)));
    const text = fillText(tlb.capacity, tlb.valid, shares);
    this.bar.setAttribute("aria-label", `TLB fill: ${text}`);
    setText(this.fillText, text);
  }
}

/** @param {RegisterField} field @param {HartView["hgatp"]} hgatp @param {number} vmidlen */
function fieldText(field, hgatp, vmidlen) {
  const name = field.field.toLowerCase();
  if (name === "mode") return `${hgatp.mode_name} (${hgatp.mode})`;
  if (name === "vmid") return vmidlen === 0 ? "0 (no bits)" : vmidText(hgatp.vmid);
  return field.value;
}

/** @param {RegisterField} field @param {string} text */
function registerCell(field, text) {
  const bits = field.high === field.low ? `${field.high}` : `${field.high}:${field.low}`;
  return make(
    "div",
    { class: `field field-${field.field.toLowerCase().replace(/[^a-z]/g, "")}` },
    make("dt", {}, make("span", {}, field.field), make("span", { class: "bits" }, bits)),
    make("dd", {}, text),
  );
}

/** @param {number} capacity */
function segment(capacity) {
  return (/** @type {TlbShare} */ share) => {
    const classes = `segment hue-${hueOf(share.domain)}${share.wrong ? " wrong" : ""}`;
    const element = make("span", { class: classes, title: shareText(share) });
    element.style.width = `${(100 * share.entries) / Math.max(1, capacity)}%`;
    return element;
  };
}

/** @param {TlbShare} share */
function shareText({ domain, name, entries, wrong }) {
  return `${name || `domain ${domain}`}: ${integer(entries)}${wrong ? " left over" : ""}`;
}

/** @param {number} capacity @param {number} valid @param {TlbShare[]} shares */
function fillText(capacity, valid, shares) {
  const shown = shares.slice(0, MOST_SHARES).map(shareText);
  const more = shares.length - shown.length;
  if (more > 0) shown.push(`${integer(more)} more`);
  const head = `${integer(valid)} of ${counted(capacity, "entry", "entries")}`;
  return shown.length ? `${head} · ${shown.join(" · ")}` : head;
}

/** The cards of some harts of a machine. */
export class HartCards {
  /** @param {HTMLElement} list @param {(hart: number) => string} jsonOf where a hart's TLB is read
   * @param {((hart: number) => void)|null} [choose] where a hart can be chosen */
  constructor(list, jsonOf, choose = null) {
    this.list = list;
    this.jsonOf = jsonOf;
    this.choose = choose;
    /** @type {Map<number, HartCard>} */
    this.cards = new Map();
  }

  /** Show these harts and no others.
   * @param {HartView[]} harts @param {number|null} [chosen] @param {number|null} [vmid] selected */
  show(harts, chosen = null, vmid = null) {
    const wanted = new Set(harts.map(({ hart }) => hart));
    for (const [hart, card] of this.cards) {
      if (wanted.has(hart)) continue;
      card.element.remove();
      this.cards.delete(hart);
    }
    for (const hart of harts) {
      let card = this.cards.get(hart.hart);
      if (!card) {
        card = new HartCard(hart.hart, this.choose);
        this.cards.set(hart.hart, card);
        this.list.append(card.element);
      }
      card.show(hart);
      card.json.href = this.jsonOf(hart.hart);
      card.mark(hart.hart === chosen, hart.in_guest && hart.hgatp.vmid === vmid);
    }
  }
}
