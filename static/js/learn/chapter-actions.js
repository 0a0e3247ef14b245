// @ts-check
// The buttons of a chapter: each makes the requests that the chapter says.

import { change, get } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { complain } from "../common/notice.js";

/** @typedef {import("../common/types.js").Domain} Domain */
/** @typedef {import("../common/types.js").Status} Status */
/** @typedef {{method: string, path: string, body: unknown}} ActionRequest */
/** @typedef {{label: string, requests: ActionRequest[]}} Action */

/** Does what buttons say to one machine after another; `done` is called after each. */
export class ChapterActions {
  /** @param {Action[]} actions @param {() => void} done */
  constructor(actions, done) {
    this.actions = actions;
    this.done = done;
    this.base = "";
    this.running = false;
    /** What was asked for last; clicks take turns. @type {Promise<void>} */
    this.turn = Promise.resolve();
    /** How many clicks have not had their turn. */
    this.waiting = 0;
    this.play = byId("play", HTMLButtonElement);
    this.play.addEventListener("click", () => void this.toggle());
    /** @type {HTMLButtonElement[]} */
    this.buttons = [...document.querySelectorAll("button[data-action]")].filter(
      (button) => button instanceof HTMLButtonElement,
    );
    for (const button of this.buttons) {
      const action = actions[Number(button.dataset.action)];
      if (action) button.addEventListener("click", () => void this.act(action));
    }
  }

  /** Act on this machine from now on. @param {string} machine */
  use(machine) {
    this.base = `/machines/${machine}`;
    for (const button of [...this.buttons, this.play]) button.disabled = false;
  }

  step() {
    const step = this.actions.find(({ label }) => label === "Step");
    if (step) void this.act(step);
  }

  /** @param {Action} action */
  act(action) {
    return this.attempt(async () => {
      for (const { method, path, body } of action.requests) {
        await change(method, this.base + (await this.filled(path)), body ?? undefined);
      }
    });
  }

  toggle() {
    return this.attempt(async () => {
      const clock = await change("PUT", `${this.base}/clock`, { running: !this.running });
      this.show(clock.running ? "running" : "paused");
    });
  }

  /** What the server says of the clock. @param {Status} status */
  show(status) {
    this.running = status === "running";
    setText(this.play, this.running ? "❚❚ Pause" : "▶ Play");
  }

  /** A path with the domain that it speaks of. @param {string} path */
  async filled(path) {
    if (!path.includes("{oldest}")) return path;
    /** @type {{items: Domain[]}} */
    const { items } = await get(`${this.base}/domains`);
    const oldest = items[0];
    if (!oldest) throw new Error("There is no domain to destroy; create one first.");
    return path.replace("{oldest}", String(oldest.id));
  }

  /** @param {() => Promise<unknown>} work */
  attempt(work) {
    if (!this.base) return this.turn;
    this.count(1);
    this.turn = this.turn
      .then(work)
      .catch(complain)
      .then(() => {
        this.count(-1);
        this.done();
      });
    return this.turn;
  }

  /** Say whether clicks still wait. @param {number} more */
  count(more) {
    this.waiting += more;
    byId("task-buttons", HTMLElement).setAttribute("aria-busy", String(this.waiting > 0));
  }
}
