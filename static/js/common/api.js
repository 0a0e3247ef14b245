// @ts-check
// The REST interface: requests, and problems as errors that carry the server's words.

const BASE = "/api/v1";

/** @typedef {{loc: (string|number)[], msg: string}} FieldError */
/** @typedef {import("./types.js").Machine} Machine */

/** An answer that is a problem (RFC 9457), or no answer at all (status 0). */
export class Problem extends Error {
  /** @param {number} status @param {string} title @param {string} detail @param {FieldError[]} errors */
  constructor(status, title, detail, errors) {
    super(detail || title);
    this.status = status;
    this.title = title;
    this.errors = errors;
  }
}

/** @param {Response} response @returns {Promise<Problem>} */
async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  const title = body.title ?? `${response.status} ${response.statusText}`;
  return new Problem(response.status, title, body.detail ?? "", body.errors ?? []);
}

/** @param {string} path @param {RequestInit} [options] @returns {Promise<Response>} */
async function send(path, options = {}) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem(0, "No answer", "The server does not answer. Is it still running?", []);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
export async function get(path, signal) {
  return (await send(BASE + path, { headers: { Accept: "application/json" }, signal })).json();
}

/** @param {string} path @returns {Promise<string>} */
export async function getText(path) {
  return (await send(BASE + path)).text();
}

/** @param {string} method @param {string} path @param {unknown} [body] @returns {Promise<any>} */
export async function change(method, path, body) {
  const options = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  const response = await send(BASE + path, { method, headers, ...options });
  return response.status === 204 ? null : response.json();
}

/** The bytes of a machine's map, and the seq they show. @param {string} path */
export async function bitmapBytes(path) {
  const response = await send(BASE + path);
  const cells = new Uint8Array(await response.arrayBuffer());
  return { cells, seq: Number(response.headers.get("X-Seq")) };
}

/** Numbers that are sent as little-endian doubles. @param {string} path */
export async function numbers(path) {
  const view = new DataView(await (await send(BASE + path)).arrayBuffer());
  return Float64Array.from({ length: view.byteLength / 8 }, (_, at) => view.getFloat64(8 * at, true));
}

/** What a problem says about which field: names to look for, the most exact first.
 * @param {Problem} problem @returns {{names: string[], message: string}[]} */
export function fieldMessages(problem) {
  if (!problem.errors.length) return [{ names: [], message: problem.message }];
  return problem.errors.map(({ loc, msg }) => ({
    names: loc.filter((part) => typeof part === "string").reverse(),
    message: msg,
  }));
}
