// @ts-check
// Runs before the page is drawn, so that a chosen theme does not flash. A classic script.

(() => {
  try {
    const chosen = localStorage.getItem("vmidscope.theme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  } catch {
    // Storage may be forbidden; then the system's theme it is.
  }
})();
