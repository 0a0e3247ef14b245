// @ts-check
// The address, in JSON, of what the page shows: the footer leads there, and curl reads it.

/** @param {string} path below /api/v1 */
export function setTwin(path) {
  const before = document.querySelector("link[rel=alternate]")?.getAttribute("href");
  for (const link of document.querySelectorAll("link[rel=alternate], .site-footer a")) {
    if (link.getAttribute("href") === before) link.setAttribute("href", `/api/v1${path}`);
  }
}
