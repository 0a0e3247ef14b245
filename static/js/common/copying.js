// @ts-check
// Links and commands to be pasted elsewhere.

import { change } from "./api.js";

/** A longer address does not survive a mail or a chat well. */
const LONGEST = 120;

/** An address to hand out: the page's own, or a short one that leads to it where that is long.
 * @param {Location|URL} location @returns {Promise<string>} */
export async function linkTo(location) {
  if (location.href.length <= LONGEST) return location.href;
  const path = location.pathname + location.search + location.hash;
  const link = await change("POST", "/links", { path });
  return new URL(link.page, location.href).href;
}

/** The command that reads an address in a terminal. @param {string} href */
export function curlOf(href) {
  return `curl -s '${href.replaceAll("'", "%27")}'`;
}

/** Copy a text. Raises an error that carries the text where the browser does not allow it.
 * @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    throw new Error(`The browser does not allow copying here: ${text}`);
  }
}
