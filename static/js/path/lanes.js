// @ts-check
// Harts as swim lanes, drawn as SVG. The list of steps says the same in words.

import { draw } from "../common/dom.js";
import { lanesOf } from "./lanes-layout.js";
import { hueOf } from "../common/palette.js";

/** @typedef {import("./lanes-layout.js").Lane} Lane */
/** @typedef {import("./lanes-layout.js").Stay} Stay */
/** @typedef {import("./path-types.js").Asking} Asking */
/** @typedef {import("./path-types.js").PathView} PathView */

const NAMES = 58;
const TOP = 26;
const NARROWEST = 62;
const WIDEST = 96;
const LANE = 78;
const BAR_TOP = 22;
const BAR = 16;
const MARK_TOP = 54;
const MARK_LINE = 14;
const ROOM_PER_LETTER = 6.6;
const MOST_LETTERS = 16;

/** Draws a path once, and shows where in it one is. */
export class Lanes {
  /** @param {HTMLElement} box @param {(number: number) => void} go */
  constructor(box, go) {
    this.box = box;
    this.go = go;
    this.column = WIDEST;
    /** @type {SVGRectElement|null} */
    this.cursor = null;
  }

  /** @param {PathView} path */
  load(path) {
    const lanes = lanesOf(path.states);
    const room = (this.box.clientWidth - NAMES) / path.states.length;
    this.column = Math.max(NARROWEST, Math.min(WIDEST, Math.floor(room)));
    const width = path.states.length * this.column;
    const height = TOP + lanes.length * LANE;
    const svg = canvas(width, height, "lanes");
    this.cursor = draw("rect", {
      class: "lane-cursor",
      y: 1,
      width: this.column,
      height: height - 2,
      rx: 4,
    });
    svg.append(arrowHead(), hatch(), this.cursor);
    lanes.forEach((lane, place) =>
      svg.append(drawLane(lane, TOP + place * LANE, this.column, width)),
    );
    const places = new Map(lanes.map(({ hart }, place) => [hart, place]));
    svg.append(...path.requests.map((asked) => drawRequest(asked, places, this.column, width)));
    svg.append(...path.states.map((state) => this.drawColumn(state, height)));
    this.box.replaceChildren(drawNames(lanes, height), svg);
  }

  /** A column's number, and the area that one may click.
   * @param {PathView["states"][number]} state @param {number} height */
  drawColumn(state, height) {
    const x = state.number * this.column;
    const broken = state.breaches.length > 0;
    const number = broken ? `${state.number} !` : `${state.number}`;
    const group = draw(
      "g",
      { class: broken ? "lane-column broken" : "lane-column" },
      draw("title", {}, `${state.number}. ${state.words}`),
      draw("text", { x: x + this.column / 2, y: 17, class: "lane-number" }, number),
      draw("rect", { x, y: 0, width: this.column, height, class: "lane-target" }),
    );
    group.addEventListener("click", () => this.go(state.number));
    return group;
  }

  /** @param {number} at */
  show(at) {
    const x = at * this.column;
    this.cursor?.setAttribute("x", String(x));
    const { scrollLeft, clientWidth } = this.box;
    const hidden = x < scrollLeft || x + this.column > scrollLeft + clientWidth - NAMES;
    if (hidden) this.box.scrollLeft = x - (clientWidth - NAMES) / 2;
  }
}

/** @param {number} width @param {number} height @param {string} name */
function canvas(width, height, name) {
  const viewBox = `0 0 ${width} ${height}`;
  return draw("svg", { width, height, viewBox, class: name, "aria-hidden": "true" });
}

/** The harts' names, which stay where they are while the lanes scroll.
 * @param {Lane[]} lanes @param {number} height */
function drawNames(lanes, height) {
  const svg = canvas(NAMES, height, "lanes lane-names");
  lanes.forEach(({ hart }, place) => {
    const top = TOP + place * LANE;
    svg.append(
      draw("line", { x1: 0, x2: NAMES, y1: top, y2: top, class: "lane-rule" }),
      draw("text", { x: 2, y: top + BAR_TOP + 13, class: "lane-name" }, `Hart ${hart}`),
    );
  });
  return svg;
}

/** @param {Lane} lane @param {number} top @param {number} column @param {number} width */
function drawLane(lane, top, column, width) {
  const y = top + BAR_TOP;
  return draw(
    "g",
    {},
    draw("line", { x1: 0, x2: width, y1: top, y2: top, class: "lane-rule" }),
    draw("line", { x1: 0, x2: width, y1: y + BAR / 2, y2: y + BAR / 2, class: "lane-idle" }),
    ...lane.stays.flatMap((stay, index) => {
      const before = lane.stays
        .slice(0, index)
        .filter(({ guest }) => guest)
        .at(-1);
      const next = lane.stays.slice(index + 1).find(({ guest }) => guest);
      const begin = before ? before.from * column + MOST_LETTERS * ROOM_PER_LETTER : 0;
      return drawStay(stay, y, column, begin, next ? next.from * column : width);
    }),
    ...lane.work.map(({ from, to, waits }) =>
      draw("line", {
        x1: from * column + 2,
        x2: (to + 1) * column - 2,
        y1: y + BAR + 4,
        y2: y + BAR + 4,
        class: waits ? "lane-waits" : "lane-busy",
      }),
    ),
    ...lane.marks.map(({ column: at, kind, text }, index) => {
      const line = lane.marks[index - 1]?.column === at ? MARK_LINE : 0;
      const place = { x: (at + 0.5) * column, y: top + MARK_TOP + line };
      return draw("text", { ...place, class: `lane-mark mark-${kind}` }, text);
    }),
  );
}

/** A vCPU's time on a hart. Its name may run on to the right until `end`, where the next one in
 * guest mode begins, or to the left until `begin`, where the name of the one before ends.
 * @param {Stay} stay @param {number} y @param {number} column @param {number} begin
 * @param {number} end */
function drawStay({ from, to, domain, vcpu, vmid, guest }, y, column, begin, end) {
  const x = from * column + 2;
  const width = (to - from + 1) * column - 4;
  const kind = guest ? `lane-guest hue-${hueOf(domain)}` : "lane-loaded";
  const bar = draw("rect", { x, y, width, height: BAR, rx: 3, class: kind });
  if (!guest) return [bar];
  const whole = `d${domain}.v${vcpu} · VMID ${vmid}`;
  const fits = (/** @type {number} */ room) => whole.length * ROOM_PER_LETTER < room;
  const leftwards = !fits(end - x) && fits(x + width - begin);
  const text = fits(end - x) || leftwards ? whole : `d${domain} · ${vmid}`;
  const anchor = { x: leftwards ? x + width : x, "text-anchor": leftwards ? "end" : "start" };
  return [bar, draw("text", { ...anchor, y: y - 5, class: "lane-label" }, text)];
}

/** @param {Asking} request @param {Map<number, number>} places
 * @param {number} column @param {number} width */
function drawRequest({ requester, target, asked, served, words }, places, column, width) {
  const middle = (/** @type {number} */ hart) =>
    TOP + (places.get(hart) ?? 0) * LANE + BAR_TOP + BAR / 2;
  const pending = served === null;
  return draw(
    "g",
    { class: pending ? "lane-request pending" : "lane-request" },
    draw("title", {}, `Hart ${requester} asks hart ${target}: ${words}`),
    draw("circle", { cx: (asked + 0.5) * column, cy: middle(requester), r: 4 }),
    draw("line", {
      x1: (asked + 0.5) * column,
      y1: middle(requester),
      x2: pending ? width - 6 : (served + 0.5) * column,
      y2: middle(target),
      "marker-end": "url(#arrow-head)",
    }),
  );
}

function arrowHead() {
  return draw(
    "defs",
    {},
    draw(
      "marker",
      {
        id: "arrow-head",
        viewBox: "0 0 8 8",
        refX: 7,
        refY: 4,
        markerWidth: 7,
        markerHeight: 7,
        orient: "auto",
      },
      draw("path", { d: "M0 0 L8 4 L0 8 Z", class: "lane-arrow" }),
    ),
  );
}

/** Diagonal lines for what is only loaded. */
function hatch() {
  return draw(
    "defs",
    {},
    draw(
      "pattern",
      {
        id: "lane-hatch",
        width: 6,
        height: 6,
        patternUnits: "userSpaceOnUse",
        patternTransform: "rotate(45)",
      },
      draw("line", { x1: 0, x2: 0, y1: 0, y2: 6, class: "lane-hatch" }),
    ),
  );
}
