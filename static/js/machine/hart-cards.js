// @ts-check
// One card a hart: who runs, what is in hgatp, whose entries fill the TLB.

import { make, setText } from "../common/dom.js";
import { counted, integer, vmidText } from "../common/format.js";
import { hueOf } from "../common/palette.js";
import { domainName, pressDomain } from "./domain-mark.js";

/** @typedef {import("../common/types.js").HartView} HartView */
/** @typedef {import("../common/types.js").RegisterField} RegisterField */
/** @typedef {import("../common/types.js").TlbShare} TlbShare */

/** What is selected on the page.
 * @typedef {{hart: number|null, vmid: number|null, domain: number|null}} Selection */
/** What choosing does; null where nothing can be chosen.
 * @typedef {{hart: (hart: number) => void, domain: (domain: number) => void}} Choosing */

const MOST_SHARES = 6;
/** @type {Selection} */
const NOTHING = { hart: null, vmid: null, domain: null };
/** @param {string} name */
const part = (name) => make("div", { class: name });

class HartCard {
  /** @param {number} hart @param {Choosing|null} choose */
  constructor(hart, choose) {
    this.select = choose && choose.domain;
    this.name = choose
      ? make("button", { type: "button", class: "hart-name", click: () => choose.hart(hart) }, `Hart ${hart}`)
      : make("span", {}, `Hart ${hart}`);
    this.running = part("hart-running");
    this.generation = make("span", { class: "hart-generation" });
    this.register = make("dl", { class: "register" });
    this.mismatch = make("p", { class: "warning small", hidden: true });
    this.vsatp = make("p", { class: "quiet mono small clip" });
    this.bar = make("div", { class: "fill-bar", role: "img" });
    this.fillText = make("p", { class: "fill-text small" });
    this.more = make("span");
    /** The numbers in the text: entries in all, and of each owner. @type {HTMLElement[]} */
    this.counts = [];
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
    this.drawn = { running: "", register: "", fill: "", shares: "" };
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
    // Once it was said its place is kept, so that nothing below it moves.
    this.mismatch.classList.toggle("unsaid", !differs);
    if (differs) {
      this.mismatch.hidden = false;
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

  /** Say what it has to do with the selection. @param {HartView} hart @param {Selection} selection */
  mark({ hart, in_guest: inGuest, hgatp, vcpu }, { hart: chosen, vmid, domain }) {
    if (this.name instanceof HTMLButtonElement) {
      this.name.setAttribute("aria-pressed", String(hart === chosen));
    }
    const hasVmid = inGuest && hgatp.vmid === vmid;
    const hasDomain = domain !== null && vcpu?.domain === domain;
    this.element.classList.toggle("chosen", hart === chosen);
    this.element.classList.toggle("has-vmid", hasVmid);
    this.element.classList.toggle("has-domain", hasDomain);
    pressDomain(this.element, domain);
    this.element.title = [
      hasVmid ? "runs a guest under the selected VMID" : "",
      hasDomain ? "has a vCPU of the selected domain" : "",
    ]
      .filter(Boolean)
      .join("; ");
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
      make("strong", { class: "clip" }, domainName(vcpu.domain, vcpu.name, this.select)),
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

  /** How full it is, and with whose entries; buttons stay where the same domains are there.
   * @param {string} head @param {TlbShare[]} shares */
  showShares(head, shares) {
    const shown = shares.slice(0, MOST_SHARES);
    const key = shown.map(({ domain, name, wrong }) => `${domain} ${name} ${wrong}`).join("|");
    if (key !== this.drawn.shares || !this.fillText.hasChildNodes()) {
      this.drawn.shares = key;
      this.counts = [head, ...shown].map(() => make("span"));
      this.fillText.replaceChildren(
        ...this.counts.map((count, index) => {
          const share = shown[index - 1];
          if (!share) return count;
          const name = domainName(share.domain, shareName(share), this.select);
          return make("span", {}, " · ", name, ": ", count);
        }),
        this.more,
      );
    }
    this.counts.forEach((count, index) => {
      const share = shown[index - 1];
      setText(count, share ? countText(share) : head);
    });
    const more = shares.length - shown.length;
    setText(this.more, more > 0 ? ` · ${integer(more)} more` : "");
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
    this.fillText.title = text;
    this.showShares(`${integer(tlb.valid)} of ${counted(tlb.capacity, "entry", "entries")}`, shares);
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
function shareName({ domain, name }) {
  return name || `domain ${domain}`;
}

/** @param {TlbShare} share */
function countText({ entries, wrong }) {
  return `${integer(entries)}${wrong ? " stale" : ""}`;
}

/** @param {TlbShare} share */
function shareText(share) {
  return `${shareName(share)}: ${countText(share)}`;
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
   * @param {Choosing|null} [choose] */
  constructor(list, jsonOf, choose = null) {
    this.list = list;
    this.jsonOf = jsonOf;
    this.choose = choose;
    /** @type {Map<number, HartCard>} */
    this.cards = new Map();
  }

  /** Show these harts and no others. @param {HartView[]} harts @param {Selection} [selection] */
  show(harts, selection = NOTHING) {
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
      card.mark(hart, selection);
    }
  }
}
