// @ts-check
// The player's address: what is followed (policy, bounds, path), and which state is shown.

/**
 * `bounds` is the query without path and state; `at` null: the last state.
 * @typedef {{bounds: string, path: string, at: number|null}} Address
 */

/** @param {string} search @returns {Address} */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const path = query.get("path") ?? "";
  const at = query.get("at");
  query.delete("path");
  query.delete("at");
  return {
    bounds: query.toString(),
    path,
    at: at !== null && /^\d{1,6}$/.test(at) ? Number(at) : null,
  };
}

/** The query of the API for what an address shows. @param {Address} address */
export function apiQuery({ bounds, path }) {
  return bounds ? `${bounds}&path=${encodeURIComponent(path)}` : `path=${encodeURIComponent(path)}`;
}

/** The query that says an address; the last state goes without saying.
 * @param {Address} address */
export function writeAddress(address) {
  const at =
    address.at === null || address.at === lengthOf(address.path) ? "" : `&at=${address.at}`;
  return `?${apiQuery(address)}${at}`;
}

/** Steps of a path. @param {string} path */
export function lengthOf(path) {
  return path === "" ? 0 : path.split(".").length;
}

/** The first steps of a path. @param {string} path @param {number} steps */
export function cut(path, steps) {
  return path === "" ? "" : path.split(".").slice(0, steps).join(".");
}

/** The path that leaves another at state `at` by a choice.
 * @param {string} path @param {number} at @param {number} choice */
export function branch(path, at, choice) {
  const kept = cut(path, at);
  return kept === "" ? `${choice}` : `${kept}.${choice}`;
}

/** The state that an address shows of a path of so many steps.
 * @param {Address} address @param {number} last */
export function stateOf(address, last) {
  return address.at === null ? last : Math.min(address.at, last);
}
