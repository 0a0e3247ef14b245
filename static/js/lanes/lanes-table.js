// @ts-check
// The slices in view as a table.

import { byId, make, setText } from "../common/dom.js";
import { counted, duration, integer, percent } from "../common/format.js";
import { firstFrom } from "./lanes-layout.js";
import { edgeOf, laneName } from "./lanes-words.js";

/** @typedef {import("./lanes-types.js").Lane} Lane */
/** @typedef {import("./lanes-types.js").Lanes} Lanes */
/** @typedef {import("./time-span.js").Span} Span */

const MOST_ROWS = 200;

/** Filled while it is open only. */
export class LanesTable {
  constructor() {
    this.box = byId("lanes-table", HTMLDetailsElement);
    this.rows = byId("lanes-table-rows", HTMLElement);
    this.more = byId("lanes-table-more", HTMLElement);
    /** @type {[Lanes, Span]|null} */
    this.shown = null;
    this.box.addEventListener("toggle", () => this.fill());
  }

  /** @param {Lanes} lanes @param {Span} span */
  show(lanes, span) {
    this.shown = [lanes, span];
    this.fill();
  }

  fill() {
    if (!this.box.open || !this.shown) return;
    const [lanes, span] = this.shown;
    const lines = lanes.lanes.flatMap((lane) =>
      lane.slices ? sliceLines(lane, lane.slices, span) : [densityLine(lanes, lane, span)],
    );
    const cells = lines
      .slice(0, MOST_ROWS)
      .map((line) => make("tr", {}, ...line.map((text) => make("td", {}, text))));
    this.rows.replaceChildren(...cells);
    const left = lines.length - cells.length;
    setText(this.more, left > 0 ? `and ${counted(left, "line")} more; zoom in to have fewer` : "");
  }
}

/** @param {Lane} lane @param {import("./lanes-types.js").SliceColumns} slices @param {Span} span */
function sliceLines(lane, slices, span) {
  const lines = [];
  for (let n = firstFrom(slices.end_ns, span.from); n < slices.seq.length; n += 1) {
    const [start, end] = [Number(slices.start_ns[n]), Number(slices.end_ns[n])];
    if (start > span.to || lines.length > MOST_ROWS) break;
    const who = `domain ${slices.domain[n]} vCPU ${slices.vcpu[n]}`;
    const seq = integer(Number(slices.seq[n]));
    lines.push([laneName(lane), duration(start), duration(end - start), `${slices.vmid[n]}`, who, seq]);
  }
  return lines;
}

/** More slices than can be told one by one. @param {Lanes} lanes @param {Lane} lane @param {Span} span */
function densityLine(lanes, lane, span) {
  let [busy, length] = [0, 0];
  for (const [n, part] of (lane.density?.busy_ns ?? []).entries()) {
    if (edgeOf(lanes, n + 1) <= span.from || edgeOf(lanes, n) >= span.to) continue;
    busy += part;
    length += edgeOf(lanes, n + 1) - edgeOf(lanes, n);
  }
  const share = `busy ${percent(busy, length * lane.harts.length)}`;
  return [laneName(lane), duration(span.from), duration(span.to - span.from), "many", share, "–"];
}
