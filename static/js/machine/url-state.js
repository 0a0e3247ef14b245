// @ts-check
// The state of a machine's page in its address: only what is not left to the page, and readable.

import { SHOWS } from "../map/map-colours.js";

/** @typedef {import("./page-state.js").PageState} PageState */
/** @typedef {import("./page-state.js").Key} Key */

/**
 * How one part of the state stands in the query. Unreadable text counts as absent.
 * @template T
 * @typedef {{parse: (text: string|null) => T, write: (value: T) => string|null}} Field
 */

/** @param {string|null} text @returns {number|null} */
export function parseVmid(text) {
  if (text === null) return null;
  const trimmed = text.trim();
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(trimmed)) return null;
  return Number(trimmed);
}

/** @type {Field<number|null>} */
const NUMBER = { parse: parseVmid, write: (value) => (value === null ? null : String(value)) };

/** @type {Field<number|null|undefined>} */
const HART = {
  parse: (text) => (text === "all" ? null : (parseVmid(text) ?? undefined)),
  write: (value) => (value === undefined ? null : String(value ?? "all")),
};

/** @type {Field<string>} */
const TEXT = { parse: (text) => text ?? "", write: (value) => (value ? readable(value) : null) };

/** @type {Field<"groups"|"lines">} */
const LOG = {
  parse: (text) => (text === "lines" ? "lines" : "groups"),
  write: (value) => (value === "lines" ? "lines" : null),
};

/** @type {Field<import("../map/map-colours.js").Show>} */
const SHOW = {
  parse: (text) => SHOWS.find((show) => show === text) ?? "state",
  write: (value) => (value === "state" ? null : value),
};

/** @type {Field<boolean>} */
const FLAG = { parse: (text) => text === "yes", write: (value) => (value ? "yes" : null) };

/** Every part of the state, in the order in which it stands in the address.
 * @type {{[K in Key]: Field<PageState[K]>}} */
const FIELDS = {
  at: NUMBER,
  hart: HART,
  vmid: NUMBER,
  domain: NUMBER,
  filter: TEXT,
  log: LOG,
  from: NUMBER,
  to: NUMBER,
  a: NUMBER,
  b: NUMBER,
  arrows: FLAG,
  show: SHOW,
  zoom: TEXT,
  bookmark: NUMBER,
  entry: TEXT,
  toggled: TEXT,
};

/** The state that an address's query says.
 * @param {string} search @returns {PageState} */
export function readState(search) {
  const query = new URLSearchParams(search);
  const pairs = Object.entries(FIELDS).map(([name, field]) => [name, field.parse(query.get(name))]);
  return Object.fromEntries(pairs);
}

/** The query that says a state; "" for the one that a page begins with.
 * @param {PageState} state */
export function writeState(state) {
  const names = /** @type {Key[]} */ (Object.keys(FIELDS));
  const parts = names.flatMap((name) => {
    const field = /** @type {Field<any>} */ (FIELDS[name]);
    const text = field.write(state[name]);
    return text === null ? [] : [`${name}=${text}`];
  });
  return parts.length ? `?${parts.join("&")}` : "";
}

/** Percent-encoding that leaves legible what may be. @param {string} text */
function readable(text) {
  return encodeURIComponent(text)
    .replaceAll("%3A", ":")
    .replaceAll("%40", "@")
    .replaceAll("%2F", "/")
    .replaceAll("%20", "+");
}
