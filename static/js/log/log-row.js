// @ts-check
// One line of the log as a table row.

import { make } from "../common/dom.js";
import { duration, integer } from "../common/format.js";
import { label, words } from "./log-words.js";

/** @typedef {import("../common/types.js").LogItem} LogItem */

/** Shape beside the word: colour alone tells nothing. @type {Record<string, string>} */
const MARKS = { executed: "▪", requested: "▸", violation: "!" };

/** @param {LogItem} item */
function mark(item) {
  if (item.type === "requested" && item.via === "none") return "∅";
  if (item.type === "executed" && (item.requester ?? -1) >= 0) return "◂";
  return MARKS[item.type] ?? "";
}

/** @param {LogItem} item @param {boolean} highlighted */
export function logRow(item, highlighted) {
  const notSent = item.type === "requested" && item.via === "none";
  const classes = `log-${item.type}${notSent ? " log-not-sent" : ""}${highlighted ? " highlighted" : ""}`;
  const kind = item.kind === "none" ? "" : item.kind;
  return make(
    "tr",
    { class: classes, "data-seq": item.seq },
    make("td", { class: "log-seq number" }, integer(item.seq)),
    make("td", { class: "log-time number" }, duration(item.at_ns)),
    make("td", { class: "log-hart" }, `hart ${item.hart}`),
    make(
      "td",
      { class: "log-what", title: kind, colspan: item.type === "violation" ? 4 : null },
      make(
        "span",
        { class: "log-label" },
        make("span", { "aria-hidden": "true" }, `${mark(item)} `),
        label(item),
      ),
      ` ${words(item)}`,
    ),
    ...(item.type === "violation" ? [] : fenceCells(item)),
  );
}

/** @param {LogItem} item */
function fenceCells(item) {
  return [
    make("td", { class: "log-cause" }, item.cause ?? ""),
    make("td", { class: "log-dropped number" }, number(item.dropped)),
    make("td", { class: "log-cycles number" }, number(item.cycles)),
  ];
}

/** @param {number|null|undefined} value */
function number(value) {
  return value === undefined || value === null ? "" : integer(value);
}
