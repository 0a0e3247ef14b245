// @ts-check
// The page that starts a check, watches it, and leads to what it found.

import { change, get, Problem } from "../common/api.js";
import { explain, fillForm, readForm } from "./check-form.js";
import { bodyOf, queryOf, valuesOf } from "./check-query.js";
import { checkLine, CheckResult } from "./check-view.js";
import { byId } from "../common/dom.js";
import { onSubmit } from "../common/forms.js";
import { complain, tell } from "../common/notice.js";
import { Refresher } from "../common/refresher.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { setTwin } from "../common/twin.js";

/** @typedef {import("../path/path-types.js").CheckView} CheckView */

const POLL_MS = 2000;

/** @param {CheckView} check */
function isOver({ state }) {
  return state !== "queued" && state !== "running";
}

class CheckPage {
  constructor() {
    this.form = byId("check-form", HTMLFormElement);
    this.cancelButton = byId("check-cancel", HTMLButtonElement);
    this.result = new CheckResult();
    this.usual = readForm(this.form);
    this.check = new URLSearchParams(location.search).get("check");
    /** @type {EventSource|null} */
    this.source = null;
    this.drawn = "";
    this.list = new Refresher(() => this.readList(), POLL_MS / 2);
    fillForm(this.form, valuesOf(location.search, this.usual));
    this.form.addEventListener("change", () => {
      explain();
      this.writeAddress();
    });
    onSubmit(this.form, () => this.start());
    this.cancelButton.addEventListener("click", () => void this.cancel(this.check));
    installShortcuts({
      s: () => this.form.requestSubmit(),
      x: () => void (this.cancelButton.hidden || this.cancel(this.check)),
    });
  }

  writeAddress() {
    const query = queryOf(readForm(this.form), this.usual);
    const check = this.check === null ? "" : `&check=${this.check}`;
    history.replaceState(null, "", `?${query}${check}`);
    setTwin(this.check === null ? "/checks" : `/checks/${this.check}`);
  }

  async start() {
    const body = { ...bodyOf(readForm(this.form)), attended: true };
    if (this.source && this.check) await this.cancel(this.check);
    /** @type {CheckView} */
    const check = await change("POST", "/checks", body);
    this.check = check.id;
    this.writeAddress();
    this.result.show(check);
    this.follow(check.id, true);
    this.list.request();
  }

  /** Follow a check until it is over; one that was started here then opens what it found.
   * @param {string} id @param {boolean} open */
  follow(id, open) {
    this.source?.close();
    const source = new EventSource(`/api/v1/checks/${id}/stream`);
    this.source = source;
    this.cancelButton.hidden = false;
    source.addEventListener("check", (event) => {
      /** @type {CheckView} */
      const check = JSON.parse(event.data);
      this.result.show(check);
      if (!isOver(check)) return;
      this.leave();
      if (open && check.page) location.assign(check.page);
    });
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.leave();
    });
  }

  leave() {
    this.source?.close();
    this.source = null;
    const focused = document.activeElement === this.cancelButton;
    this.cancelButton.hidden = true;
    if (focused) byId("check-start", HTMLButtonElement).focus();
    this.list.request();
  }

  /** @param {string|null} id */
  async cancel(id) {
    if (id === null) return;
    try {
      /** @type {CheckView} */
      const check = await change("POST", `/checks/${id}/cancel`);
      tell(check.state === "cancelled" ? "Cancelled." : "It was over before it could be cancelled.");
    } catch (error) {
      complain(error);
    }
    this.list.request();
  }

  async readList() {
    if (document.hidden) return;
    /** @type {{items: CheckView[]}} */
    const { items } = await get("/checks");
    // Nothing is drawn anew while nothing changed, so that the focus stays where it is.
    const drawn = items.map(({ id, state }) => `${id} ${state}`).join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const cancel = (/** @type {string} */ id) => void this.cancel(id);
    byId("checks-list", HTMLElement).replaceChildren(
      ...[...items]
        .reverse()
        .slice(0, 20)
        .map((check) => checkLine(check, cancel)),
    );
    byId("checks-none", HTMLElement).hidden = items.length > 0;
  }

  /** Go on with the check that the address names, if the server still knows it. */
  async resume() {
    if (this.check === null) return;
    try {
      /** @type {CheckView} */
      const check = await get(`/checks/${this.check}`);
      this.result.show(check);
      if (!isOver(check)) this.follow(check.id, false);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) complain(error);
      this.check = null;
      this.writeAddress();
    }
  }
}

installThemeToggle();
const page = new CheckPage();
await page.resume();
page.list.request();
setInterval(() => page.list.request(), POLL_MS);
