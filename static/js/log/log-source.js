// @ts-check
// Where the log's lines come from: the two lists of the server, for a filter.

import { get } from "../common/api.js";
import { VIOLATION_KINDS, wantedLists } from "./log-filter.js";
import { MergedPages } from "./log-pages.js";
import { violationItem } from "./log-words.js";

/** @typedef {import("../common/types.js").LogItem} LogItem */
/** @typedef {import("./log-filter.js").LogFilter} LogFilter */

const PAGE = 200;

/** The server's lines for a filter, newest first, from before `before` where that is given.
 * @param {string} machine @param {LogFilter} filter @param {LogItem|null} before */
export function pagesFor(machine, filter, before) {
  const lists = wantedLists(filter);
  const sources = [];
  if (lists.fences)
    sources.push(list(`/machines/${machine}/flushes`, fenceQuery(filter, before), asIs));
  if (lists.violations)
    sources.push(list(`/machines/${machine}/violations`, hitQuery(filter), violationItem));
  return new MergedPages(sources);
}

/** @param {any} item @returns {LogItem} */
function asIs(item) {
  return item;
}

/** @param {LogFilter} filter @param {LogItem|null} before */
function fenceQuery(filter, before) {
  const query = new URLSearchParams();
  if (filter.kind !== null) query.set("kind", filter.kind);
  if (filter.cause !== null) query.set("cause", filter.cause);
  if (filter.hart !== null) query.set("hart", String(filter.hart));
  if (filter.vmid !== null) query.set("vmid", String(filter.vmid));
  if (before !== null) query.set("to", String(before.at_ns));
  return query;
}

/** @param {LogFilter} filter */
function hitQuery(filter) {
  const query = new URLSearchParams();
  if (VIOLATION_KINDS.includes(filter.kind ?? "")) query.set("kind", filter.kind ?? "");
  return query;
}

/** @param {string} path @param {URLSearchParams} query @param {(item: any) => LogItem} read */
function list(path, query, read) {
  return async (/** @type {string|null} */ cursor) => {
    const asked = new URLSearchParams(query);
    asked.set("limit", String(PAGE));
    if (cursor !== null) asked.set("cursor", cursor);
    const page = await get(`${path}?${asked}`);
    return { items: page.items.map(read), next_cursor: page.next_cursor };
  };
}
