// @ts-check
// The list of chapters: which of them were done in this browser.

import { byId, setText } from "../common/dom.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { doneChapters, forgetDone } from "./progress.js";

function show() {
  const done = doneChapters();
  const cards = [...document.querySelectorAll("[data-chapter]")];
  for (const card of cards) {
    const mark = card.querySelector(".chapter-done");
    const isDone = done.has(Number(card.getAttribute("data-chapter")));
    card.classList.toggle("done", isDone);
    if (mark instanceof HTMLElement) mark.hidden = !isDone;
  }
  const text = `${done.size} of ${cards.length} done. This is kept in this browser only.`;
  setText(byId("progress-text", HTMLElement), text);
  byId("forget", HTMLButtonElement).hidden = done.size === 0;
}

installThemeToggle();
installShortcuts({});
byId("forget", HTMLButtonElement).addEventListener("click", () => {
  forgetDone();
  show();
});
show();
