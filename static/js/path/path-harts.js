// @ts-check
// One state: each hart with its registers, ids and TLB, and what is new in it.

import { make } from "../common/dom.js";
import { hueOf } from "../common/palette.js";
import { hartChange } from "./path-diff.js";

/** @typedef {import("./path-diff.js").EntryChange} EntryChange */
/** @typedef {import("./path-diff.js").HartChange} HartChange */
/** @typedef {import("./path-types.js").PathHart} PathHart */
/** @typedef {import("./path-types.js").PathState} PathState */

/** A word beside what is different in this state. @param {string} [word] */
function mark(word = "changed") {
  return make("span", { class: "change-mark" }, word);
}

/** @param {number} domain */
function dot(domain) {
  return make("span", { class: `dot hue-${hueOf(domain)}`, "aria-hidden": "true" });
}

/** @param {PathHart} hart */
function whatItDoes(hart) {
  if (hart.waits) return "waits for another hart";
  if (hart.in_guest) return "in guest mode";
  if (hart.todo.length) return "in the hypervisor";
  return hart.vcpu ? "about to enter" : "idle";
}

/** @param {PathHart} hart @param {HartChange} change */
function head(hart, change) {
  const who = hart.vcpu ? `vCPU ${hart.vcpu.vcpu} of domain ${hart.vcpu.domain}` : "no vCPU";
  return make(
    "header",
    {},
    make("h3", {}, `Hart ${hart.id}`),
    make(
      "p",
      { class: "hart-who" },
      hart.vcpu ? dot(hart.vcpu.domain) : null,
      make("span", {}, who),
      make("span", { class: hart.in_guest ? "chip on" : "chip" }, whatItDoes(hart)),
      change.vcpu ? mark() : null,
    ),
  );
}

/** @param {string} name @param {string} id @param {string} value @param {boolean} changed */
function register(name, id, value, changed) {
  return make(
    "div",
    { class: changed ? "fact changed" : "fact" },
    make("dt", {}, name),
    make(
      "dd",
      {},
      make("strong", {}, id),
      " ",
      make("code", { class: "quiet" }, value),
      changed ? mark() : null,
    ),
  );
}

/** @param {PathHart} hart @param {HartChange} change */
function facts(hart, change) {
  const vmid = hart.hgatp.id === null ? "Bare" : `VMID ${hart.hgatp.id}`;
  const asid = hart.vsatp.id === null ? "Bare" : `ASID ${hart.vsatp.id}`;
  const list = make(
    "dl",
    { class: "facts" },
    register("hgatp", vmid, hart.hgatp.value, change.hgatp),
    register("vsatp", asid, hart.vsatp.value, change.vsatp),
    make(
      "div",
      { class: "fact" },
      make("dt", {}, "Ids in force"),
      make("dd", { class: "ids" }, ...ids(hart, change)),
    ),
  );
  if (hart.generation !== null) {
    const generation = make("dd", {}, `${hart.generation}`, change.generation ? mark() : null);
    list.append(make("div", { class: "fact" }, make("dt", {}, "Generation"), generation));
  }
  if (hart.todo.length) {
    const todo = make("ol", { class: "todo" }, ...hart.todo.map((words) => make("li", {}, words)));
    list.append(
      make("div", { class: "fact" }, make("dt", {}, "Still to do"), make("dd", {}, todo)),
    );
  }
  return list;
}

/** @param {PathHart} hart @param {HartChange} change */
function ids(hart, change) {
  const held = new Set(hart.ids.map(({ vmid }) => vmid));
  const chips = hart.ids.map(({ vmid, domain, vcpu }) =>
    make(
      "span",
      { class: "chip" },
      `${vmid} → `,
      dot(domain),
      vcpu === null ? `domain ${domain}` : `d${domain}.v${vcpu}`,
      change.ids.has(vmid) ? mark(/* the owner is another now */ "new") : null,
    ),
  );
  const gone = [...change.ids].filter((vmid) => !held.has(vmid));
  const dropped = gone.map((vmid) => make("span", { class: "chip gone" }, `${vmid}`, mark("free")));
  return chips.length || dropped.length
    ? [...chips, ...dropped]
    : [make("span", { class: "quiet" }, "none")];
}

/** @param {EntryChange} change @param {(step: number) => void} go */
function row({ entry, change }, go) {
  const wrong = entry.stale !== null;
  const filled = make(
    "button",
    {
      type: "button",
      class: "link-button",
      "aria-label": `Filled at step ${entry.filled}`,
      click: () => go(entry.filled),
    },
    `${entry.filled}`,
  );
  const whose = entry.space === null ? "" : `, tables ${entry.space}`;
  return make(
    "tr",
    { class: `entry entry-${change}${wrong ? " entry-stale" : ""}` },
    make("td", {}, `${entry.vmid}`),
    make("td", {}, entry.asid === null ? "–" : `${entry.asid}`),
    make("td", {}, `${entry.page}`),
    make(
      "td",
      { class: "entry-owner" },
      dot(entry.domain),
      ` domain ${entry.domain}`,
      make("span", { class: "quiet" }, whose),
    ),
    make("td", {}, filled),
    make(
      "td",
      { class: "entry-says" },
      make("span", {}, wrong ? `stale: ${entry.stale}` : entry.kind),
      change === "same" ? null : mark(change),
    ),
  );
}

/** @param {PathHart} hart @param {HartChange} change @param {(step: number) => void} go */
function tlb(hart, change, go) {
  if (!change.entries.length)
    return make("p", { class: "quiet small tlb-empty" }, "The TLB is empty.");
  const names = ["VMID", "ASID", "Page", "Filled by", "Step", "Entry"];
  return make(
    "div",
    { class: "tlb-scroll", tabindex: 0, role: "region", "aria-label": `TLB of hart ${hart.id}` },
    make(
      "table",
      { class: "tlb" },
      make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, ...change.entries.map((entry) => row(entry, go))),
    ),
  );
}

/** The cards of all harts in a state.
 * @param {PathState} now @param {PathState|undefined} before @param {(step: number) => void} go */
export function hartCards(now, before, go) {
  return now.harts.map((hart, place) => {
    const change = hartChange(hart, before?.harts[place]);
    const acts = now.hart === hart.id ? "path-hart acts" : "path-hart";
    return make(
      "li",
      { class: acts },
      head(hart, change),
      facts(hart, change),
      tlb(hart, change, go),
    );
  });
}

/** Domains, and what is under way between harts.
 * @param {PathState} state @param {PathState|undefined} before */
export function otherFacts(state, before) {
  const versions = new Map(before?.domains.map(({ id, version }) => [id, version]));
  const domains = state.domains.map(({ id, version, vcpus }) =>
    make(
      "li",
      {},
      dot(id),
      make("span", {}, ` domain ${id}: `, vcpus.map(place).join(", ")),
      version ? make("span", { class: "quiet" }, ` · mapping changed ${version}×`) : null,
      before && !versions.has(id) ? mark("new") : null,
      before && versions.has(id) && versions.get(id) !== version ? mark() : null,
    ),
  );
  const flights = state.flights.map(({ requester, target, asked, words }) =>
    make("li", {}, `hart ${requester} → hart ${target}: ${words}, asked at step ${asked}`),
  );
  return [
    section("Domains", domains, "none"),
    section("Under way between harts", flights, "nothing"),
  ];
}

/** @param {{vcpu: number, hart: number|null, last_hart: number|null}} vcpu */
function place({ vcpu, hart, last_hart: last }) {
  if (hart !== null) return `vCPU ${vcpu} on hart ${hart}`;
  return last === null ? `vCPU ${vcpu} has not run` : `vCPU ${vcpu} was on hart ${last}`;
}

/** @param {string} title @param {HTMLElement[]} items @param {string} none */
function section(title, items, none) {
  return make(
    "div",
    {},
    make("h3", {}, title),
    items.length ? make("ul", {}, ...items) : make("p", { class: "quiet" }, none),
  );
}
