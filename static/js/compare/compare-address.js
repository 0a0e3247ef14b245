// @ts-check
// A comparison's page in its address: what is compared, and what is looked at.

import { parseVmid } from "../machine/url-state.js";

/** The form's fields as texts, by name. @typedef {Record<string, string>} Values */

/** @typedef {"taken"|"running"|"stale"|"violation"} Of */

/**
 * @typedef {object} View
 * @property {number} steps
 * @property {number|null|undefined} hart null: all together; undefined: the page chooses
 * @property {number|null} vmid
 * @property {Of} of what the difference map is of
 */

/** Always in the address, so that a link says what is compared. */
const SAID = ["a", "b", "schedule", "vmidlen", "harts"];
/** Where a page begins that is told nothing: a recycled id has been hit by then. */
const FIRST_STEPS = 2500;
/** @type {readonly string[]} */
const KINDS = ["taken", "running", "stale", "violation"];

/** The form that a query stands for. @param {string} search @param {Values} usual @returns {Values} */
export function readForm(search, usual) {
  const query = new URLSearchParams(search);
  return Object.fromEntries(
    Object.entries(usual).map(([name, text]) => [name, query.get(name) ?? text]),
  );
}

/** The moment and the selection in a query. @param {string} search @returns {View} */
export function readView(search) {
  const query = new URLSearchParams(search);
  const hart = query.get("hart");
  const of = query.get("of") ?? "";
  return {
    steps: parseVmid(query.get("steps")) ?? FIRST_STEPS,
    hart: hart === "all" ? null : (parseVmid(hart) ?? undefined),
    vmid: parseVmid(query.get("vmid")),
    of: /** @type {Of} */ (KINDS.includes(of) ? of : "taken"),
  };
}

/** The query that says both. @param {Values} values @param {Values} usual @param {View} view */
export function writeAddress(values, usual, view) {
  const query = new URLSearchParams();
  for (const [name, text] of Object.entries(values)) {
    if (SAID.includes(name) || text !== usual[name]) query.set(name, text);
  }
  query.set("steps", String(view.steps));
  if (view.hart !== undefined) query.set("hart", String(view.hart ?? "all"));
  if (view.vmid !== null) query.set("vmid", String(view.vmid));
  if (view.of !== "taken") query.set("of", view.of);
  return `?${query}`;
}

/** A number as typed; text that is none goes as it is, for the server to refuse; nothing where
 * nothing is typed. @param {string|undefined} text */
function numberOrText(text) {
  const typed = (text ?? "").trim();
  if (typed === "") return undefined;
  return Number.isNaN(Number(typed)) ? typed : Number(typed);
}

/** VMIDLEN of all harts, or a list with one a hart. @param {string|undefined} text */
function vmidlens(text) {
  if (!text?.includes(",")) return numberOrText(text);
  return text.split(",").map(numberOrText);
}

/** The request for a filled form. @param {Values} values */
export function bodyOf(values) {
  const platform = {
    preset: values.preset,
    vmidlen: vmidlens(values.vmidlen),
    harts: numberOrText(values.harts),
    tlb: { organisation: values.tlb },
  };
  return {
    a: values.a,
    b: values.b,
    schedule: values.schedule,
    platform,
    seed: numberOrText(values.seed),
    loop: values.loop === "true",
    speculation: values.speculation === "true",
  };
}

/** The same comparison the other way round. @param {Values} values @returns {Values} */
export function swapped(values) {
  return { ...values, a: values.b ?? "", b: values.a ?? "" };
}
