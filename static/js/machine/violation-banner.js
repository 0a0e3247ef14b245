// @ts-check
// The banner over everything when accesses were served by entries that are not theirs.

import { byId, make, setText } from "../common/dom.js";
import { counted, integer } from "../common/format.js";
import { violationSentence } from "../log/log-words.js";
import { Refresher } from "../common/refresher.js";

/** @typedef {import("../common/types.js").Metrics} Metrics */

const STATUS_MS = 1000;

/** Says how many wrong hits there were, and which was the last. */
export class ViolationBanner {
  /** @param {import("./source.js").MachineSource} source @param {(seq: number) => void} showInLog
   * @param {() => void} showFirst */
  constructor(source, showInLog, showFirst) {
    this.source = source;
    this.banner = byId("violations", HTMLElement);
    this.alert = byId("violations-alert", HTMLElement);
    this.total = byId("violations-total", HTMLElement);
    this.kinds = byId("violations-kinds", HTMLElement);
    this.newest = byId("violations-newest", HTMLElement);
    this.status = byId("violations-status", HTMLElement);
    this.link = byId("violations-link", HTMLAnchorElement);
    this.shown = 0;
    this.seq = 0;
    this.refresher = new Refresher(() => this.readNewest(), STATUS_MS);
    this.link.addEventListener("click", (event) => {
      event.preventDefault();
      showInLog(this.seq);
    });
    byId("violations-first", HTMLButtonElement).addEventListener("click", showFirst);
  }

  /** @param {Metrics} metrics */
  show(metrics) {
    const total = metrics.violations_total ?? 0;
    if (total === this.shown) return;
    const first = this.banner.hidden;
    this.shown = total;
    this.banner.hidden = total === 0;
    if (first)
      setText(this.alert, "Wrong TLB hits: an access was served by an entry that is not its own.");
    setText(this.total, integer(total));
    const kinds = Object.entries(metrics.violations).filter(([, count]) => count > 0);
    this.kinds.replaceChildren(
      ...kinds.map(([kind, count]) =>
        make("li", {}, make("strong", {}, integer(count)), ` ${kind}`),
      ),
    );
    this.refresher.request();
  }

  async readNewest() {
    const page = await this.source.get("/violations", { limit: 1 }).catch(() => null);
    const hit = page?.items[0];
    if (hit) {
      this.seq = hit.seq;
      setText(this.newest, `Newest: ${hit.sentence ?? violationSentence(hit)}`);
      this.link.href = `?filter=type:violation#log-${hit.seq}`;
    }
    setText(this.status, `${counted(this.shown, "wrong hit")} so far`);
  }
}
