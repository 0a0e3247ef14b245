// @ts-check
// Paints the lanes: axis, slices or densities, fences below them, wrong hits, names.

import { hueOf } from "../common/palette.js";
import {
  AXIS,
  eachBox,
  fenceBox,
  firstFrom,
  FLAGS,
  FOOT,
  GUTTER,
  labelOf,
  STRIP,
  wrongBoxes,
} from "./lanes-layout.js";
import { paintArrows, paintRequests } from "./request-painter.js";
import { binOf, edgeOf, laneName } from "./lanes-words.js";
import { boxOf, topOf, trackWidth } from "./scene.js";
import { tickText, ticks, xOf } from "./time-span.js";

/** @typedef {import("./lanes-types.js").Lane} Lane */
/** @typedef {import("./scene.js").Scene} Scene */

const FONT = "11px";
const DIGIT_PX = 6.4;
const MARK_PX = 12;
const HATCHED_PX = 7;
const FAINT = 0.35;

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {string} family */
export function paint(context, scene, family) {
  const { colours, width, height } = scene;
  context.fillStyle = colours.page;
  context.fillRect(0, 0, width, height);
  context.font = `${FONT} ${family}`;
  context.textBaseline = "middle";
  const bottom = height - FOOT;
  const first = Math.max(0, Math.floor(scene.scroll / scene.rows.pitch));
  const last = Math.min(
    scene.lanes.lanes.length,
    Math.ceil((scene.scroll + bottom - AXIS) / scene.rows.pitch),
  );
  context.save();
  context.beginPath();
  context.rect(0, AXIS, width, bottom - AXIS);
  context.clip();
  for (let place = first; place < last; place += 1) paintName(context, scene, place);
  context.beginPath();
  context.rect(GUTTER, AXIS, width - GUTTER, bottom - AXIS);
  context.clip();
  for (let place = first; place < last; place += 1) paintLane(context, scene, place);
  paintFuture(context, scene);
  context.restore();
  paintRequests(context, scene);
  paintArrows(context, scene);
  paintAxis(context, scene);
  paintMoments(context, scene);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} place */
function paintName(context, scene, place) {
  const lane = scene.lanes.lanes[place];
  if (!lane) return;
  const selected = scene.hart !== null && lane.harts.includes(scene.hart);
  const y = topOf(scene, place) + scene.rows.lane / 2;
  context.textAlign = "right";
  context.fillStyle = selected ? scene.colours.ink : scene.colours.quiet;
  context.fillText(`${selected ? "▸ " : ""}${laneName(lane)}`, GUTTER - 8, y, GUTTER - 10);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} place */
function paintLane(context, scene, place) {
  const lane = scene.lanes.lanes[place];
  if (!lane) return;
  const y = topOf(scene, place);
  context.save();
  context.translate(GUTTER, y);
  context.fillStyle = scene.colours.idle;
  context.fillRect(0, 0, trackWidth(scene), scene.rows.lane);
  if (lane.density) {
    scene.density.draw(context, place, scene.span, trackWidth(scene), 0, scene.rows.lane);
  } else if (lane.slices) paintSlices(context, scene, lane.slices);
  paintFences(context, scene, place, lane);
  paintTarget(context, scene, place, lane);
  paintWrong(context, scene, lane);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene
 * @param {import("./lanes-types.js").SliceColumns} slices */
function paintSlices(context, scene, slices) {
  const { colours, chosen, rows } = scene;
  const any = chosen.vmid !== null || chosen.domain !== null;
  /** @type {[string, number, number, string][]} */
  const labels = [];
  context.textAlign = "left";
  eachBox(slices, scene.span, trackWidth(scene), (n, x, wide) => {
    const [domain, vmid] = [Number(slices.domain[n]), Number(slices.vmid[n])];
    const hue = hueOf(domain);
    const meant = any && isMeant(chosen.vmid, vmid) && isMeant(chosen.domain, domain);
    if (any) context.globalAlpha = meant ? 1 : FAINT;
    context.fillStyle = colours.hues[hue] ?? colours.running;
    context.fillRect(x, 0, wide > 3 ? wide - 1 : wide, rows.lane);
    if (meant && wide > 2) {
      context.fillStyle = colours.ink;
      context.fillRect(x, rows.lane - 3, wide - 1, 3);
    }
    const label = wide > 20 ? labelOf(vmid, wide, DIGIT_PX) : "";
    if (label) labels.push([label, x + 4, meant || !any ? 1 : FAINT, colours.onHue[hue] ?? ""]);
  });
  for (const [label, x, alpha, ink] of labels) {
    context.globalAlpha = Math.max(alpha, 0.7);
    context.fillStyle = alpha === 1 ? ink : colours.ink;
    context.fillText(label, x, rows.lane / 2 + 1);
  }
  context.globalAlpha = 1;
}

/** @param {number|null} chosen @param {number} value */
function isMeant(chosen, value) {
  return chosen === null || chosen === value;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number} place
 * @param {Lane} lane */
function paintFences(context, scene, place, lane) {
  const { span, rows, colours } = scene;
  const width = trackWidth(scene);
  context.fillStyle = colours.fence;
  const starts = scene.starts[place];
  if (lane.fences && starts) {
    let drawn = -1;
    for (let n = firstFrom(lane.fences.at_ns, span.from); n < starts.length; n += 1) {
      const start = Number(starts[n]);
      if (start > span.to) break;
      const [x, wide] = fenceBox(start, Number(lane.fences.cycles[n]), span, width);
      if (x + wide <= drawn) continue;
      // Too narrow for a hatch, the colour alone: nothing else stands there.
      context.fillStyle = wide < HATCHED_PX ? colours.fence : colours.hatch;
      context.fillRect(x, rows.lane + 1, wide, STRIP);
      drawn = x + wide;
    }
  } else if (lane.fence_counts) {
    eachCounted(scene, lane.fence_counts, (x, wide) =>
      context.fillRect(x, rows.lane + 1, wide, STRIP),
    );
  }
}

/** Calls `visit` with the pixels of a count's parts in which there is something, and with the count.
 * @param {Scene} scene @param {number[]} counts
 * @param {(x: number, wide: number, count: number) => void} visit */
function eachCounted(scene, counts, visit) {
  const { lanes, span } = scene;
  const width = trackWidth(scene);
  const first = binOf(lanes, Math.max(lanes.from_ns, span.from)) ?? 0;
  const last = binOf(lanes, Math.min(lanes.to_ns, span.to)) ?? -1;
  for (let n = first; n <= last; n += 1) {
    const count = counts[n];
    if (!count) continue;
    const x = Math.floor(xOf(edgeOf(lanes, n), span, width));
    visit(x, Math.max(1, Math.ceil(xOf(edgeOf(lanes, n + 1), span, width)) - x), count);
  }
}

/** A box before the end of the batch of accesses in which it was: in the slice that made them.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Lane} lane */
function paintWrong(context, scene, lane) {
  const high = Math.min(MARK_PX + 2, scene.rows.lane + 2);
  context.textAlign = "center";
  for (const { x, wide, text } of wrongBoxes(wrongEnds(scene, lane), trackWidth(scene))) {
    context.fillStyle = scene.colours.wrong;
    context.fillRect(x, -1, wide, high);
    context.fillStyle = scene.colours.onWrong;
    context.fillText(text, x + wide / 2, high / 2);
  }
}

/** Where batches with wrong hits end, and how many. @param {Scene} scene @param {Lane} lane */
function wrongEnds(scene, lane) {
  const width = trackWidth(scene);
  /** @type {[number, number][]} */
  const ends = (lane.wrong?.at_ns ?? []).map((ns) => [Math.round(xOf(ns, scene.span, width)), 1]);
  if (lane.wrong_counts)
    eachCounted(scene, lane.wrong_counts, (x, wide, count) => ends.push([Math.min(width, x + wide), count]));
  return ends;
}

/** A frame round what is pointed at. @param {CanvasRenderingContext2D} context
 * @param {Scene} scene @param {number} place @param {Lane} lane */
function paintTarget(context, scene, place, lane) {
  const target = scene.target;
  if (!target || target.place !== place) return;
  const box = boxOf(scene, lane, target);
  if (!box) return;
  const [x, wide] = box;
  const below = target.kind === "fence";
  context.strokeStyle = scene.colours.ink;
  context.lineWidth = 2;
  const [y, high] = below ? [scene.rows.lane + 1, STRIP] : [0, scene.rows.lane];
  context.strokeRect(x, y, Math.max(2, wide - 1), high);
}

/** What comes after the moment that the page shows is veiled.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintFuture(context, scene) {
  if (scene.at_ns === null) return;
  const x = GUTTER + Math.max(0, xOf(scene.at_ns, scene.span, trackWidth(scene)));
  context.globalAlpha = 0.6;
  context.fillStyle = scene.colours.page;
  context.fillRect(x, AXIS, scene.width - x, scene.height);
  context.globalAlpha = 1;
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintAxis(context, scene) {
  const width = trackWidth(scene);
  const { step, times } = ticks(scene.span, width);
  context.textAlign = "left";
  for (const ns of times) {
    const x = GUTTER + Math.round(xOf(ns, scene.span, width));
    context.fillStyle = scene.colours.rule;
    context.fillRect(x, FLAGS + 8, 1, AXIS - FLAGS - 8);
    const text = tickText(ns, step);
    if (x + 4 + text.length * DIGIT_PX > scene.width) continue;
    context.fillStyle = scene.colours.quiet;
    context.fillText(text, x + 4, (FLAGS + AXIS) / 2);
  }
}

/** The moment of the page and the two markers: lines over all lanes, each with a letter or a word.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene */
function paintMoments(context, scene) {
  const { markers, colours } = scene;
  if (markers.a !== null && markers.b !== null) {
    const ends = [markers.a, markers.b].map((ns) => xOf(ns, scene.span, trackWidth(scene)));
    const left = Math.max(0, Math.min(...ends));
    const right = Math.min(trackWidth(scene), Math.max(...ends));
    context.fillStyle = colours.running;
    if (right > left) context.fillRect(GUTTER + left, AXIS - 4, right - left, 2);
  }
  line(context, scene, scene.at_ns, "shown", colours.ink);
  line(context, scene, markers.a, "A", colours.running);
  line(context, scene, markers.b, "B", colours.running);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number|null} ns
 * @param {string} name @param {string} colour */
function line(context, scene, ns, name, colour) {
  if (ns === null) return;
  const width = trackWidth(scene);
  const x = Math.round(xOf(ns, scene.span, width));
  if (x < 0 || x > width) return;
  context.fillStyle = colour;
  context.fillRect(GUTTER + x - 1, 2, 2, scene.height - FOOT - 2);
  const wide = name.length * DIGIT_PX + 8;
  const left = Math.min(scene.width - wide, GUTTER + x - 1);
  context.fillRect(left, 0, wide, FLAGS);
  context.fillStyle = scene.colours.page;
  context.textAlign = "left";
  context.fillText(name, left + 4, (FLAGS + 1) / 2);
}
