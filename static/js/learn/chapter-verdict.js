// @ts-check
// What the chapter's check says, the events that show it, and the answer once it is done.

import { byId, make, setText } from "../common/dom.js";
import { integer } from "../common/format.js";
import { doneChapters, markDone } from "./progress.js";

/** @typedef {{done: boolean, reason: string, evidence: number[]}} Verdict */

const MOST_EVENTS = 8;

/** The line under the buttons. */
export class ChapterVerdict {
  /** @param {number} chapter */
  constructor(chapter) {
    this.chapter = chapter;
    this.box = byId("verdict", HTMLElement);
    this.evidence = byId("verdict-evidence", HTMLElement);
    this.twin = document.getElementById("twin");
    this.compared = false;
  }

  /** @param {Verdict} verdict @param {string} machine whose events they are */
  show({ done, reason, evidence }, machine) {
    if (done) markDone(this.chapter);
    const half = !done && evidence.length > 0;
    this.box.dataset.done = String(done);
    setText(byId("verdict-mark", HTMLElement), done ? "✓" : half ? "◐" : "○");
    setText(byId("verdict-word", HTMLElement), done ? "Done." : half ? "Half of it." : "Not yet.");
    setText(byId("verdict-reason", HTMLElement), reason);
    this.showEvidence(evidence, machine);
    byId("learned", HTMLElement).hidden = !done && !doneChapters().has(this.chapter);
    if (this.twin && !this.compared) this.twin.hidden = !done && !half;
  }

  /** Begin with another machine. One to compare with offers no further comparison, and is judged
   * only where the chapter is done on it. @param {boolean} compared @param {boolean} judged */
  begin(compared, judged) {
    this.compared = compared;
    this.box.hidden = !judged;
    if (this.twin) this.twin.hidden = true;
  }

  /** @param {number[]} evidence @param {string} machine */
  showEvidence(evidence, machine) {
    const key = `${machine} ${evidence.join(" ")}`;
    if (this.evidence.dataset.shown === key) return;
    this.evidence.dataset.shown = key;
    this.evidence.hidden = evidence.length === 0;
    const links = evidence
      .slice(0, MOST_EVENTS)
      .flatMap((seq) => [
        " ",
        make("a", { href: `/machines/${machine}?at=${seq}` }, `event ${integer(seq)}`),
      ]);
    this.evidence.replaceChildren("See the machine after", ...links);
  }
}
