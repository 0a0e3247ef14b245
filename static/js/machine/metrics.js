// @ts-check
// Key numbers and the table of all counters, exactly as the server counts them.

import { byId, make, setText } from "../common/dom.js";
import { counterName, duration, integer, percent } from "../common/format.js";

/** @typedef {import("../common/types.js").Metrics} Metrics */

/** A key number as text. @param {string} name @param {Metrics} metrics */
export function keyNumber(name, metrics) {
  if (name === "tlb_hit_rate") return percent(metrics.tlb_hits ?? 0, metrics.accesses ?? 0);
  const value = metrics[name] ?? 0;
  return name === "violations_total" && value === 0 ? "none" : integer(value);
}

/** Every counter on its own line: [name, value]. @param {Metrics} metrics @returns {[string, number][]} */
export function counterLines(metrics) {
  /** @type {[string, number][]} */
  const lines = [];
  for (const [name, value] of Object.entries(metrics)) {
    if (typeof value === "number" && !["seq", "now_ns"].includes(name)) lines.push([name, value]);
    if (typeof value !== "object" || value === null) continue;
    for (const [kind, count] of Object.entries(value))
      lines.push([`${name}.${kind}`, Number(count)]);
  }
  return lines;
}

/** @param {string} name */
function lineName(name) {
  const [group, kind] = name.split(".");
  return kind ? `${counterName(group ?? "")}: ${kind}` : counterName(name);
}

/** The numbers on the machine page. */
export class MetricsView {
  constructor() {
    /** @type {[string, Element][]} */
    this.tiles = [...document.querySelectorAll("[data-metric]")].map((element) => [
      element.getAttribute("data-metric") ?? "",
      element,
    ]);
    this.table = byId("all-counters", HTMLElement);
    /** @type {Map<string, Element>} */
    this.lines = new Map();
    this.time = byId("machine-time", HTMLElement);
    this.steps = byId("machine-steps", HTMLElement);
    this.seq = byId("machine-seq", HTMLElement);
  }

  /** @param {Metrics} metrics */
  show(metrics) {
    for (const [name, element] of this.tiles) {
      setText(element, keyNumber(name, metrics));
      if (name === "violations_total") {
        element.parentElement?.classList.toggle("bad", (metrics[name] ?? 0) > 0);
      }
    }
    for (const [name, value] of counterLines(metrics)) {
      const element = this.lines.get(name) ?? this.addLine(name);
      setText(element, integer(value));
    }
  }

  /** @param {string} name */
  addLine(name) {
    const value = make("dd", { "data-counter": name });
    this.table.append(make("div", {}, make("dt", {}, lineName(name)), value));
    this.lines.set(name, value);
    return value;
  }

  /** @param {number} nowNs @param {number} steps @param {number} seq */
  showClock(nowNs, steps, seq) {
    setText(this.time, duration(nowNs));
    setText(this.steps, integer(steps));
    setText(this.seq, integer(seq));
  }
}
