// @ts-check
// Where one can go from any page: the site's pages, machines, traces, demonstrations, chapters.

import { get } from "./api.js";

/** @typedef {import("./commands.js").Command} Command */

/** The links of the header. @returns {NodeListOf<HTMLAnchorElement>} */
function siteLinks() {
  return document.querySelectorAll('nav[aria-label="Site"] a');
}

/** The pages that the header names, and the form for a machine. @returns {Command[]} */
export function pages() {
  const named = [...siteLinks()].map((link) => ({
    title: link.textContent?.trim() ?? "",
    group: "page",
    href: link.getAttribute("href") ?? "/",
  }));
  return [...named, { title: "New machine", group: "page", words: "create make form", href: "/new" }];
}

/** @returns {Promise<Command[]>} */
export async function machines() {
  const { items } = await get("/machines");
  return items.map((/** @type {import("./types.js").Machine} */ machine) => ({
    title: machine.name,
    group: "machine",
    words: `${machine.policy.name} ${machine.platform.name}`,
    href: `/machines/${machine.id}`,
  }));
}

/** @returns {Promise<Command[]>} */
export async function demonstrations() {
  const { items } = await get("/demonstrations");
  return items.map((/** @type {{title: string, words: string, page: string}} */ one) => ({
    title: `Watch: ${one.title}`,
    group: "demonstration",
    words: one.words,
    href: one.page,
  }));
}

/** @returns {Promise<Command[]>} */
export async function traces() {
  const { items } = await get("/traces");
  return items.map((/** @type {{title: string, policy: string, name: string, page: string}} */ trace) => ({
    title: trace.title,
    group: "trace",
    words: `${trace.name} ${trace.policy}`,
    href: trace.page,
  }));
}

/** The chapters of the guided path, where this server has one. @returns {Promise<Command[]>} */
export async function chapters() {
  if (![...siteLinks()].some((link) => link.getAttribute("href") === "/learn")) return [];
  const { items } = await get("/chapters");
  return items.map((/** @type {{number: number, title: string, page: string}} */ chapter) => ({
    title: `${chapter.number} ${chapter.title}`,
    group: "chapter",
    words: "learn",
    href: chapter.page,
  }));
}
