// @ts-check
// The log's filter: `kind:… cause:… hart:… vmid:…` and free words, as text and as a test.

import { parseVmid } from "../machine/url-state.js";

/** @typedef {import("../common/types.js").LogItem} LogItem */

/**
 * @typedef {object} LogFilter
 * @property {string|null} kind
 * @property {string|null} cause
 * @property {number|null} hart
 * @property {number|null} vmid
 * @property {string[]} words lower case; each must be somewhere in the line
 * @property {string[]} complaints what could not be read, in words
 */

/** `kind:violation` stands for these. */
export const VIOLATION_KINDS = ["cross-domain", "cross-vcpu", "stale-mapping"];
export const ANY_VIOLATION = "violation";

const TOKEN = /(?:([a-z]+):)?(?:"([^"]*)"|(\S+))/gi;
const KEYS = ["kind", "cause", "hart", "vmid"];

/** @param {string} text @returns {LogFilter} */
export function parseFilter(text) {
  /** @type {LogFilter} */
  const filter = { kind: null, cause: null, hart: null, vmid: null, words: [], complaints: [] };
  for (const [, key, quoted, plain] of text.matchAll(TOKEN)) {
    const value = quoted ?? plain ?? "";
    if (key === undefined) filter.words.push(value.toLowerCase());
    else readKey(filter, key.toLowerCase(), value);
  }
  return filter;
}

/** @param {LogFilter} filter @param {string} key @param {string} value */
function readKey(filter, key, value) {
  if (key === "kind" || key === "cause") {
    filter[key] = value;
  } else if (key === "hart" || key === "vmid") {
    const number = parseVmid(value);
    if (number === null) filter.complaints.push(`${key}:${value} is no number, as 5 or 0x0005`);
    else filter[key] = number;
  } else {
    filter.complaints.push(`${key}: is no filter; there are ${KEYS.join(", ")}, and free words`);
  }
}

/** Is it a filter that lets everything through? @param {LogFilter} filter */
export function isEmpty(filter) {
  const { kind, cause, hart, vmid, words } = filter;
  return kind === null && cause === null && hart === null && vmid === null && !words.length;
}

/** Which of the two lists of the server can hold what the filter asks for.
 * @param {LogFilter} filter */
export function wantedLists(filter) {
  const violation = filter.kind === ANY_VIOLATION || VIOLATION_KINDS.includes(filter.kind ?? "");
  return {
    fences: !violation,
    violations: violation || (filter.kind === null && filter.cause === null),
  };
}

/** The VMID that a line names; null where it names none. @param {LogItem} item */
export function vmidOf(item) {
  const vmid = /gvma_(gpa_)?vmid$/.test(item.kind) ? item.id : item.vmid;
  return vmid === undefined || vmid === null || vmid < 0 ? null : vmid;
}

/** Does a line pass? `text` is what the line shows.
 * @param {LogItem} item @param {LogFilter} filter @param {string} text */
export function passes(item, filter, text) {
  const anyViolation = filter.kind === ANY_VIOLATION && item.type === "violation";
  if (filter.kind !== null && filter.kind !== item.kind && !anyViolation) return false;
  if (filter.cause !== null && filter.cause !== item.cause) return false;
  if (filter.hart !== null && filter.hart !== item.hart) return false;
  if (filter.vmid !== null && filter.vmid !== vmidOf(item)) return false;
  const lower = text.toLowerCase();
  return filter.words.every((word) => lower.includes(word));
}

/** The text with one key set to a value, or taken away if it has that value already.
 * @param {string} text @param {string} key @param {string} value */
export function toggled(text, key, value) {
  const written = `${key}:${/\s/.test(value) ? `"${value}"` : value}`;
  const tokens = [...text.matchAll(TOKEN)].map(([token]) => token);
  const others = tokens.filter((token) => !token.startsWith(`${key}:`));
  if (!tokens.includes(written)) others.push(written);
  return others.join(" ");
}
