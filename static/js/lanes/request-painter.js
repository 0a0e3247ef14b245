// @ts-check
// Remote fence requests: a dashed line where one is issued, arrows to the harts that executed it.

import { fenceBox, FOOT, GUTTER, AXIS, STRIP } from "./lanes-layout.js";
import { fencesOf, requestOf } from "./lanes-words.js";
import { topOf, trackWidth } from "./scene.js";
import { xOf } from "./time-span.js";

/** @typedef {import("./scene.js").Scene} Scene */

/** With more requests on screen than this, lines would hide the lanes: a tick each at the foot. */
const MOST_LINES = 48;
/** Arrows of all requests at once are drawn for as many at the most. */
const MOST_ARROWED = 24;
const LABEL_PX = 92;

/** The requests that are on screen, in order of time.
 * @param {Scene} scene @returns {{seq: number, x: number, targets: number, place: number}[]} */
export function requestsOf(scene) {
  const width = trackWidth(scene);
  const found = scene.lanes.lanes.flatMap(({ requests }, place) =>
    (requests?.seq ?? []).flatMap((seq, n) => {
      const x = Math.round(xOf(Number(requests?.at_ns[n]), scene.span, width));
      if (x < 0 || x > width) return [];
      return [{ seq, x, targets: Number(requests?.targets[n]), place }];
    }),
  );
  return found.sort((one, other) => one.seq - other.seq);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene */
export function paintRequests(context, scene) {
  const requests = requestsOf(scene);
  const foot = scene.height - FOOT;
  const top = requests.length > MOST_LINES ? foot - 4 : AXIS;
  context.strokeStyle = scene.colours.ink;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  context.beginPath();
  let drawn = -1;
  for (const { x } of requests) {
    if (x === drawn) continue;
    drawn = x;
    context.moveTo(GUTTER + x + 0.5, top);
    context.lineTo(GUTTER + x + 0.5, foot + 2);
  }
  context.stroke();
  context.setLineDash([]);
  paintLabels(context, scene, requests);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene
 * @param {{x: number, targets: number}[]} requests */
function paintLabels(context, scene, requests) {
  context.textAlign = "left";
  context.fillStyle = scene.colours.quiet;
  let free = 0;
  for (const { x, targets } of requests) {
    if (x < free || x + LABEL_PX > trackWidth(scene)) continue;
    free = x + LABEL_PX;
    const text = targets ? `fence ×${targets} ${targets === 1 ? "hart" : "harts"}` : "not sent";
    context.fillText(text, GUTTER + x + 3, scene.height - FOOT / 2);
  }
}

/** From the issue, on the requester's lane, to each fence that was executed for it.
 * @param {CanvasRenderingContext2D} context @param {Scene} scene */
export function paintArrows(context, scene) {
  const wanted = arrowed(scene);
  if (!wanted.length) return;
  const width = trackWidth(scene);
  context.save();
  context.beginPath();
  context.rect(GUTTER, AXIS, width, scene.height - FOOT - AXIS);
  context.clip();
  context.strokeStyle = context.fillStyle = scene.colours.ink;
  context.lineWidth = 1.5;
  for (const seq of wanted) {
    const request = requestOf(scene.lanes, seq);
    if (!request) continue;
    const from = GUTTER + xOf(request.at_ns, scene.span, width);
    const low = topOf(scene, request.place) + scene.rows.lane / 2;
    for (const { place, index } of fencesOf(scene.lanes, seq)) {
      const fences = scene.lanes.lanes[place]?.fences;
      const start = Number(scene.starts[place]?.[index]);
      const [x, wide] = fenceBox(start, Number(fences?.cycles[index]), scene.span, width);
      arrow(context, from, low, GUTTER + x + wide, topOf(scene, place) + scene.rows.lane + STRIP / 2);
    }
  }
  context.restore();
}

/** The requests whose arrows are drawn. @param {Scene} scene @returns {number[]} */
function arrowed(scene) {
  const target = scene.target;
  const lane = target?.kind === "fence" ? scene.lanes.lanes[target.place] : null;
  const pointed = target && lane ? Number(lane.fences?.request[target.index] ?? -1) : -1;
  if (pointed >= 0) return [pointed];
  if (!scene.arrows) return [];
  const all = requestsOf(scene);
  return all.length > MOST_ARROWED ? [] : all.map(({ seq }) => seq);
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y
 * @param {number} toX @param {number} toY */
function arrow(context, x, y, toX, toY) {
  const bend = Math.max(14, Math.abs(toX - x) + 10);
  context.beginPath();
  context.moveTo(x, y);
  context.quadraticCurveTo(Math.max(x, toX) + bend, (y + toY) / 2, toX, toY);
  context.stroke();
  context.beginPath();
  context.moveTo(toX, toY);
  context.lineTo(toX + 7, toY - 4);
  context.lineTo(toX + 7, toY + 4);
  context.fill();
}
