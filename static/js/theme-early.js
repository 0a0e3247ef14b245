// @ts-check
// Runs before the page is drawn, so that a chosen theme does not flash. A classic script, which
// cannot import: what it decides is decided again, and kept up, in common/theme.js.

(() => {
  const { dataset, classList } = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem("vmidscope.theme");
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
  const known = chosen === "light" || chosen === "dark" || chosen === "contrast";
  if (known) dataset.theme = /** @type {string} */ (chosen);
  const wanted = !known && matchMedia("(prefers-contrast: more)").matches;
  if (chosen === "contrast" || wanted) dataset.look = "contrast";
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  classList.toggle("dark-mode", chosen === "dark" || (chosen !== "light" && dark));
})();
