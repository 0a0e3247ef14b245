// @ts-check
// The domains table: state, where vCPUs run, VMIDs held, and what one may do.

import { byId, make, setText } from "../common/dom.js";
import { nameOf } from "./domain-actions.js";
import { counted, hex, integer } from "../common/format.js";
import { hueOf } from "../common/palette.js";

/** @typedef {import("../common/types.js").Domain} Domain */
/** @typedef {import("../common/types.js").HeldVmid} HeldVmid */
/** @typedef {import("../common/types.js").VcpuView} VcpuView */

/**
 * @typedef {object} DomainHandlers
 * @property {(domain: Domain) => Promise<void>} togglePause
 * @property {(domain: Domain) => Promise<void>} destroy
 * @property {(domain: Domain) => void} askMigrate
 * @property {(domain: Domain) => void} askUnmap
 * @property {(vmid: number, hart: number|null) => void} showVmid
 * @property {(domain: number) => void} toggle select a domain, or let it go
 */

const MOST_CHIPS = 8;
const MOST_ROWS = 60;

class DomainRow {
  /** @param {Domain} domain @param {DomainHandlers} handlers */
  constructor(domain, handlers) {
    this.domain = domain;
    this.handlers = handlers;
    this.state = make("span", { class: "domain-state" });
    this.vcpus = make("td", { "data-label": "vCPUs" });
    this.vmids = make("td", { "data-label": "VMIDs" });
    this.pause = this.button("Pause", () => void handlers.togglePause(this.domain));
    this.name = make(
      "button",
      { type: "button", class: "link-button", click: () => handlers.toggle(domain.id) },
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

  /** @param {boolean} selected */
  mark(selected) {
    this.name.setAttribute("aria-pressed", String(selected));
    this.element.classList.toggle("selected", selected);
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
    this.vcpus.replaceChildren(chips(domain.vcpus, vcpuChip, "vCPU"));
    this.vmids.replaceChildren(chips(domain.vmids, (held) => this.vmidChip(held), "id"));
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

/** @param {VcpuView} vcpu */
function vcpuChip(vcpu) {
  const where = vcpu.hart === null ? "–" : `h${vcpu.hart}`;
  const words =
    vcpu.hart === null
      ? "on no hart"
      : `on hart ${vcpu.hart}${vcpu.in_guest ? ", in guest mode" : ""}`;
  const classes = vcpu.in_guest ? "chip on" : "chip";
  return make(
    "span",
    { class: classes, title: `vCPU ${vcpu.index} ${words}` },
    `v${vcpu.index}→${where}`,
  );
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
  /** @param {DomainHandlers} handlers */
  constructor(handlers) {
    this.handlers = handlers;
    this.body = byId("domain-rows", HTMLElement);
    this.empty = byId("domains-empty", HTMLElement);
    this.all = byId("domains-all", HTMLButtonElement);
    this.most = MOST_ROWS;
    this.count = byId("domain-count", HTMLElement);
    /** @type {Map<number, DomainRow>} */
    this.rows = new Map();
    /** @type {Domain[]} */
    this.domains = [];
    /** @type {number|null} */
    this.selected = null;
    this.all.addEventListener("click", () => {
      this.most = Infinity;
      this.show(this.domains);
    });
  }

  /** @param {Domain[]} domains @param {number|null} selected */
  show(domains, selected = this.selected) {
    this.domains = domains;
    this.selected = selected;
    const shown = [...domains].reverse().slice(0, this.most);
    const kept = new Set(shown.map((domain) => domain.id));
    for (const [id, row] of this.rows) if (!kept.has(id)) this.drop(id, row);
    /** @type {Element|null} */
    let after = null;
    for (const domain of shown) {
      let row = this.rows.get(domain.id);
      if (!row) {
        row = new DomainRow(domain, this.handlers);
        this.rows.set(domain.id, row);
        if (after) after.after(row.element);
        else this.body.prepend(row.element);
      }
      row.show(domain);
      row.mark(domain.id === selected);
      after = row.element;
    }
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
