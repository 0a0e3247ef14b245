// @ts-check
// The domains table: state, where vCPUs run, VMIDs held, and what one may do.

import { byId, make, setText } from "../common/dom.js";
import { nameOf } from "./domain-actions.js";
import { GoneDomain } from "./gone-domain.js";
import { counted, hex, integer } from "../common/format.js";
import { hueOf } from "../common/palette.js";

/** @typedef {import("../common/types.js").Domain} Domain */
/** @typedef {import("../common/types.js").HeldVmid} HeldVmid */
/** @typedef {import("../common/types.js").VcpuView} VcpuView */
/** @typedef {import("./page-state.js").PageStore} PageStore */

/**
 * @typedef {object} DomainHandlers
 * @property {(domain: Domain) => Promise<void>} togglePause
 * @property {(domain: Domain) => Promise<void>} destroy
 * @property {(domain: Domain) => void} askMigrate
 * @property {(domain: Domain) => void} askUnmap
 * @property {(vmid: number, hart: number|null) => void} showVmid
 * @property {(vmid: number, hart: number|null) => boolean} isSelected
 */

const MOST_CHIPS = 8;
const MOST_ROWS = 60;

class DomainRow {
  /** @param {Domain} domain @param {DomainHandlers} handlers @param {PageStore} store */
  constructor(domain, handlers, store) {
    this.domain = domain;
    this.handlers = handlers;
    this.store = store;
    this.state = make("span", { class: "domain-state" });
    this.vcpus = make("td", { "data-label": "vCPUs" });
    this.vmids = make("td", { "data-label": "VMIDs" });
    this.pause = this.button("Pause", () => void handlers.togglePause(this.domain));
    this.name = make(
      "button",
      { type: "button", class: "link-button", click: () => store.toggle("domain", domain.id) },
      domain.name,
    );
    this.element = make(
      "tr",
      { "data-domain": domain.id },
      make("th", { scope: "row" }, ...domainHead(domain, this.name), this.state),
      this.vcpus,
      this.vmids,
      make(
        "td",
        { class: "actions needs-present", inert: document.body.hasAttribute("data-past") },
        ...this.buttons(),
      ),
    );
    this.drawn = "";
  }

  buttons() {
    return [
      this.pause,
      this.button("Migrate…", () => this.handlers.askMigrate(this.domain)),
      this.button("Unmap…", () => this.handlers.askUnmap(this.domain)),
      this.button("Destroy", () => void this.handlers.destroy(this.domain)),
    ];
  }

  /** @param {string} text @param {() => void} click */
  button(text, click) {
    const label = `${text.replace("…", "")} ${nameOf(this.domain)}`;
    return make(
      "button",
      { type: "button", class: "small-button", "aria-label": label, click },
      text,
    );
  }

  /** Say what of it is selected: the domain, the hart of a vCPU, an id. */
  mark() {
    const selected = this.store.state.domain === this.domain.id;
    this.name.setAttribute("aria-pressed", String(selected));
    this.element.classList.toggle("selected", selected);
    const { hart } = this.store.state;
    this.domain.vcpus.slice(0, MOST_CHIPS).forEach((vcpu, index) => {
      markChip(this.vcpus, index, vcpu.hart !== null && vcpu.hart === hart);
    });
    this.domain.vmids.slice(0, MOST_CHIPS).forEach(({ vmid, hart: where }, index) => {
      markChip(this.vmids, index, this.handlers.isSelected(vmid, where));
    });
  }

  /** @param {Domain} domain */
  show(domain) {
    const drawn = JSON.stringify([domain.state, domain.vmids, domain.vcpus.map(placeKey)]);
    this.domain = domain;
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const paused = domain.state === "paused";
    setText(this.state, paused ? "❚❚ paused" : "runnable");
    this.state.classList.toggle("paused", paused);
    setText(this.pause, paused ? "Unpause" : "Pause");
    this.pause.setAttribute("aria-label", `${paused ? "Unpause" : "Pause"} ${nameOf(domain)}`);
    this.vcpus.replaceChildren(chips(domain.vcpus, (vcpu) => this.vcpuChip(vcpu), "vCPU"));
    this.vmids.replaceChildren(chips(domain.vmids, (held) => this.vmidChip(held), "id"));
  }

  /** @param {VcpuView} vcpu */
  vcpuChip({ index, hart, in_guest: inGuest }) {
    const text = `v${index}→${hart === null ? "–" : `h${hart}`}`;
    if (hart === null) return make("span", { class: "chip", title: `vCPU ${index} on no hart` }, text);
    const title = `vCPU ${index} on hart ${hart}${inGuest ? ", in guest mode" : ""}`;
    const classes = `chip link${inGuest ? " on" : ""}`;
    const click = () =>
      this.store.set({ hart: this.store.state.hart === hart ? undefined : hart });
    return make("button", { type: "button", class: classes, title: `${title}: select the hart`, click }, text);
  }

  /** @param {HeldVmid} held */
  vmidChip(held) {
    const where = held.hart === null ? "" : ` on hart ${held.hart}`;
    const whose = held.vcpu === null ? "" : ` of vCPU ${held.vcpu}`;
    const generation = held.generation === null ? "" : `, generation ${held.generation}`;
    const title = `VMID ${hex(held.vmid)}${where}${whose}${generation}`;
    const text = held.hart === null ? `${held.vmid}` : `${held.vmid}@h${held.hart}`;
    const click = () => this.handlers.showVmid(held.vmid, held.hart);
    return make(
      "button",
      { type: "button", class: "chip link", title, "aria-label": `Show ${title}`, click },
      text,
    );
  }
}

/** @param {VcpuView} vcpu */
function placeKey({ hart, last_hart: last, in_guest: inGuest }) {
  return [hart, last, inGuest];
}

/** @param {Domain} domain @param {Node} name */
function domainHead(domain, name) {
  const recorded = domain.driven_by === "recording";
  return [
    make("span", { class: `dot hue-${hueOf(domain.id)}` }),
    make("span", { class: "domain-name" }, name),
    make("span", { class: "domain-number" }, `#${domain.id}${recorded ? " · recorded" : ""} · `),
  ];
}

/** @param {HTMLElement} cell @param {number} index @param {boolean} selected */
function markChip(cell, index, selected) {
  const chip = cell.querySelectorAll(".chip")[index];
  chip?.classList.toggle("selected", selected);
  if (selected) chip?.setAttribute("aria-current", "true");
  else chip?.removeAttribute("aria-current");
}

/** @template T @param {T[]} items @param {(item: T) => Node} chip @param {string} noun */
function chips(items, chip, noun) {
  const box = make("div", { class: "chips" }, ...items.slice(0, MOST_CHIPS).map(chip));
  const more = items.length - MOST_CHIPS;
  if (more > 0)
    box.append(make("span", { class: "quiet small" }, `and ${counted(more, noun)} more`));
  if (!items.length) box.append(make("span", { class: "quiet" }, "none"));
  return box;
}

/** Keeps one row a domain, the newest first; of many, the newest only until all are asked for. */
export class DomainTable {
  /** @param {DomainHandlers} handlers @param {PageStore} store */
  constructor(handlers, store) {
    this.handlers = handlers;
    this.store = store;
    this.gone = new GoneDomain(store);
    this.body = byId("domain-rows", HTMLElement);
    this.empty = byId("domains-empty", HTMLElement);
    this.all = byId("domains-all", HTMLButtonElement);
    this.most = MOST_ROWS;
    this.count = byId("domain-count", HTMLElement);
    /** @type {Map<number, DomainRow>} */
    this.rows = new Map();
    /** @type {Domain[]} */
    this.domains = [];
    store.subscribe(() => this.mark());
    this.all.addEventListener("click", () => {
      this.most = Infinity;
      this.show(this.domains);
    });
  }

  /** What is selected may have changed. */
  mark() {
    for (const row of this.rows.values()) row.mark();
    this.gone.show(this.domains);
  }

  /** @param {Domain[]} domains */
  show(domains) {
    this.domains = domains;
    this.gone.known = true;
    const shown = [...domains].reverse().slice(0, this.most);
    const kept = new Set(shown.map((domain) => domain.id));
    for (const [id, row] of this.rows) if (!kept.has(id)) this.drop(id, row);
    /** @type {Element|null} */
    let after = null;
    for (const domain of shown) {
      let row = this.rows.get(domain.id);
      if (!row) {
        row = new DomainRow(domain, this.handlers, this.store);
        this.rows.set(domain.id, row);
        if (after) after.after(row.element);
        else this.body.prepend(row.element);
      }
      row.show(domain);
      after = row.element;
    }
    this.mark();
    setText(this.count, integer(domains.length));
    this.empty.hidden = domains.length > 0;
    const left = domains.length - shown.length;
    this.all.hidden = left === 0;
    setText(this.all, `Show ${counted(left, "older domain")}`);
  }

  /** Take a row out; a keyboard user who just destroyed its domain goes on at the next row.
   * @param {number} id @param {DomainRow} row */
  drop(id, row) {
    const focused = row.element.contains(document.activeElement);
    const neighbour = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    this.rows.delete(id);
    if (!focused) return;
    const next = neighbour?.querySelector(".actions button:last-child");
    const target = next instanceof HTMLElement ? next : byId("create-domain", HTMLButtonElement);
    target.focus();
  }
}
