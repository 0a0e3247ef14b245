// @ts-check
// A line or a group of the log as a table row.

import { make } from "../common/dom.js";
import { duration, hex, integer, vmidText } from "../common/format.js";
import {
  among,
  causeWords,
  chunks,
  groupSentence,
  groupVmids,
  groupWords,
  hartWords,
  label,
  rowWords,
  sentence,
  spreadWords,
} from "./log-words.js";

/** @typedef {import("../common/types.js").LogRow} LogRow */
/** @typedef {import("../common/types.js").LogGroup} LogGroup */
/** @typedef {import("../machine/page-state.js").PageState} PageState */

/** Shape beside the word: colour alone tells nothing. @type {Record<string, string>} */
const MARKS = { executed: "▪", requested: "▸", violation: "!" };

/** @param {LogRow} row */
function mark(row) {
  if (row.type === "requested" && row.via === "none") return "∅";
  if (row.type === "executed" && row.requester !== null) return "◂";
  return MARKS[row.type] ?? "";
}

/** @param {LogRow} row */
function classes(row) {
  const notSent = row.type === "requested" && row.via === "none";
  return `log-${row.type}${notSent ? " log-not-sent" : ""}`;
}

/** @param {LogRow} row */
function labelled(row) {
  const sign = make("span", { "aria-hidden": "true" }, `${mark(row)} `);
  return make("span", { class: "log-label" }, sign, label(row));
}

/** A part of a row that selects something, or goes there, when it is clicked.
 * @param {string} name @param {number} value @param {string} text @param {string} title */
function action(name, value, text, title) {
  const key = `data-${name}`;
  return make(
    "button",
    { type: "button", class: "log-action", tabindex: -1, title, [key]: value },
    text,
  );
}

/** Does a line concern what is selected on the page? @param {LogRow} row @param {PageState} state */
function concerns(row, state) {
  return (
    (state.vmid !== null && row.vmid === state.vmid) ||
    (typeof state.hart === "number" && row.hart === state.hart) ||
    (state.domain !== null && (row.domain === state.domain || row.owner_domain === state.domain))
  );
}

/** @param {LogGroup} group @param {PageState} state */
function groupConcerns(group, state) {
  return (
    (state.vmid !== null && among(group.vmids, state.vmid)) ||
    (typeof state.hart === "number" && among(group.harts, state.hart))
  );
}

/** @param {number} seq @param {boolean} about */
function seqCell(seq, about) {
  const told = make("span", { class: "visually-hidden" }, ", about the selection");
  const sign = make("span", { class: "log-about", "aria-hidden": "true" }, "◆ ");
  return make(
    "td",
    { class: "log-seq number" },
    ...(about ? [sign, integer(seq), told] : [integer(seq)]),
  );
}

/** @param {number} seq @param {number} ns */
function timeCell(seq, ns) {
  const title = `Show the machine as it was after event ${integer(seq)}`;
  return make("td", { class: "log-time number" }, action("at", seq, duration(ns), title));
}

/** @param {string} name @param {Node|string} content @param {string|null} [title] */
function cell(name, content, title = typeof content === "string" ? content || null : null) {
  return make("td", { class: `log-${name}`, title }, content);
}

/** What there is no room for is left out by whole words: a number that is cut would be another one. A
 * wrong hit has no cause, drops nothing and costs nothing, so its words take those columns.
 * @param {LogRow} row @param {string} title @param {string} text @param {Node|string} before */
function whatCells(row, title, text, before) {
  const wide = row.type === "violation";
  const told = chunks(text).flatMap((chunk) => [" ", make("span", { class: "nowrap" }, chunk)]);
  const line = make("div", { class: "log-line" }, before, " ", labelled(row), ...told);
  const what = make("td", { class: "log-what", title, colspan: wide ? 4 : null }, line);
  return wide ? [what] : [what, cell("cause", causeWords(row))];
}

/** @param {string} name @param {number|null} value */
function numberCell(name, value) {
  return make("td", { class: `log-${name} number` }, ...(value === null ? [] : [integer(value)]));
}

/** One line. @param {LogRow} row @param {boolean} member of an opened group
 * @param {PageState} state @returns {HTMLTableRowElement} */
export function lineRow(row, member, state) {
  const vmid =
    row.vmid === null
      ? row.scope === "all"
        ? "all"
        : ""
      : action("vmid", row.vmid, hex(row.vmid), `Select VMID ${vmidText(row.vmid)}`);
  const wrong = row.type === "violation";
  return make(
    "tr",
    { class: `${classes(row)}${member ? " log-member" : ""}`, "data-seq": row.seq },
    seqCell(row.seq, concerns(row, state)),
    timeCell(row.seq, row.at_ns),
    cell("hart", action("hart", row.hart, `hart ${row.hart}`, `Select hart ${row.hart}`)),
    cell("vmid", vmid),
    ...whatCells(row, sentence(row), rowWords(row), ""),
    ...(wrong ? [] : [numberCell("dropped", row.dropped), numberCell("cycles", row.cycles)]),
  );
}

/** A group of more than one line. @param {LogGroup} group @param {boolean} open
 * @param {PageState} state @returns {HTMLTableRowElement} */
export function groupRow(group, open, state) {
  const row = group.line;
  const toggle = make(
    "button",
    { type: "button", class: "log-toggle", tabindex: -1, "data-open": "", title: "Show its lines" },
    open ? "▾ " : "▸ ",
    `×${integer(group.count)}`,
  );
  const wrong = row.type === "violation";
  const cycles = row.cycles === null ? null : group.cycles;
  return make(
    "tr",
    { class: `log-group ${classes(row)}`, "data-seq": group.last_seq },
    seqCell(group.last_seq, groupConcerns(group, state)),
    timeCell(group.last_seq, group.last_ns),
    cell("hart", hartWords(group.harts), `hart ${spreadWords(group.harts, String)}`),
    cell("vmid", groupVmids(group)),
    ...whatCells(row, groupSentence(group), groupWords(group), toggle),
    ...(wrong ? [] : [numberCell("dropped", group.dropped), numberCell("cycles", cycles)]),
  );
}

/** A row that is being read. @returns {HTMLTableRowElement} */
export function waitingRow() {
  return make(
    "tr",
    { class: "log-waiting", "aria-busy": "true" },
    make("td", { colspan: 8 }, "…"),
  );
}
