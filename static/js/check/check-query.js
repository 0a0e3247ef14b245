// @ts-check
// A check's form as a query and as a request. Values are lists of texts, by field name.

/** @typedef {Record<string, string[]>} Values */

const NUMBERS = ["harts", "domains", "vcpus", "vmidlen", "pages", "generations", "depth"];
const SWITCHES = ["speculation", "unmap", "cut", "touch"];

/** @param {string[]} one @param {string[]} other */
function equal(one, other) {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** The query for a filled form: its policy, and what differs from the form as it comes.
 * @param {Values} values @param {Values} usual */
export function queryOf(values, usual) {
  const query = new URLSearchParams();
  for (const [name, chosen] of Object.entries(values)) {
    if (name !== "policy" && equal(chosen, usual[name] ?? [])) continue;
    // A list that is empty and usually is not must be said, too.
    for (const text of chosen.length ? chosen : [""]) query.append(name, text);
  }
  return query.toString();
}

/** The form that a query stands for. @param {string} search @param {Values} usual */
export function valuesOf(search, usual) {
  const query = new URLSearchParams(search);
  /** @type {Values} */
  const values = {};
  for (const [name, texts] of Object.entries(usual)) {
    const said = query.getAll(name);
    values[name] = said.length ? said.filter((text) => text !== "" || texts.length === 1) : texts;
  }
  return values;
}

/** The request for a filled form. A number that is none goes as it is typed, for the server to
 * refuse; an empty one is left to the server.
 * @param {Values} values @returns {Record<string, unknown>} */
export function bodyOf(values) {
  const { fault = [], property = [], ...rest } = values;
  /** @type {Record<string, unknown>} */
  const body = { faults: fault, properties: property };
  for (const [name, [text = ""]] of Object.entries(rest)) {
    if (SWITCHES.includes(name)) body[name] = text === "true";
    else if (!NUMBERS.includes(name)) body[name] = text;
    else if (text.trim() !== "") body[name] = Number.isNaN(Number(text)) ? text : Number(text);
  }
  return body;
}
