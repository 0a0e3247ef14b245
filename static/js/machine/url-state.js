// @ts-check
// What is worth sharing of a machine page, in its address: hart, vmid, filter.

/**
 * `hart` is null for all harts together; undefined leaves the choice to the page.
 * @typedef {{hart: number|null|undefined, vmid: number|null, filter: string}} PageState
 */

/** @param {string|null} text @returns {number|null} */
export function parseVmid(text) {
  if (text === null) return null;
  const trimmed = text.trim();
  if (!/^(0x[0-9a-f]+|\d+)$/i.test(trimmed)) return null;
  return Number(trimmed);
}

/** @param {string|null} text @returns {number|null|undefined} */
function parseHart(text) {
  if (text === "all") return null;
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The state that an address's query says; anything unreadable counts as absent.
 * @param {string} search @returns {PageState} */
export function readState(search) {
  const query = new URLSearchParams(search);
  return {
    hart: parseHart(query.get("hart")),
    vmid: parseVmid(query.get("vmid")),
    filter: query.get("filter") ?? "",
  };
}

/** The query that says a state, with only what is not left to the page; "" for none.
 * @param {PageState} state */
export function writeState(state) {
  /** @type {string[]} */
  const parts = [];
  if (state.hart !== undefined) parts.push(`hart=${state.hart ?? "all"}`);
  if (state.vmid !== null) parts.push(`vmid=${state.vmid}`);
  if (state.filter) parts.push(`filter=${readable(state.filter)}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

/** Percent-encoding that leaves colons and spaces legible. @param {string} text */
function readable(text) {
  return encodeURIComponent(text).replaceAll("%3A", ":").replaceAll("%20", "+");
}
