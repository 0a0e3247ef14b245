// @ts-check
// The player: a path is read whole, and every state of it shown at once when asked for.

import { change, get, getText } from "../common/api.js";
import { registerCommands } from "../common/commands.js";
import { copy, linkTo } from "../common/copying.js";
import { byId, enableControls, make, setText } from "../common/dom.js";
import { Lanes } from "./lanes.js";
import { complain, tell } from "../common/notice.js";
import { apiQuery, branch, cut, readAddress, stateOf, writeAddress } from "./path-address.js";
import { BreachView } from "./path-breach.js";
import { pathCommands } from "./path-commands.js";
import { hartCards, otherFacts } from "./path-harts.js";
import { StepList } from "./path-steps.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { Transport } from "./transport.js";

/** @typedef {import("./path-types.js").PathState} PathState */
/** @typedef {import("./path-types.js").PathView} PathView */

class PathPage {
  constructor() {
    this.address = readAddress(location.search);
    /** @type {PathView|null} */
    this.path = null;
    /** How often a path was asked for. */
    this.loads = 0;
    const go = (/** @type {number} */ number) => this.transport.jump(number);
    this.transport = new Transport((number) => this.go(number));
    this.steps = new StepList(byId("steps", HTMLElement), go);
    this.lanes = new Lanes(byId("lanes", HTMLElement), go);
    this.breach = new BreachView(go);
    this.jump = go;
    this.listen();
  }

  listen() {
    byId("open-machine", HTMLButtonElement).addEventListener("click", () => void this.fork());
    byId("copy-link", HTMLButtonElement).addEventListener("click", () =>
      copied(linkTo(location), "Copied the link to this state."),
    );
    byId("open-test", HTMLButtonElement).addEventListener("click", () => void this.openTest());
    const dialog = byId("test-dialog", HTMLDialogElement);
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    byId("copy-test", HTMLButtonElement).addEventListener("click", async () => {
      await copied(byId("test-source", HTMLElement).textContent ?? "", "Copied the test.");
      dialog.close();
    });
    addEventListener("resize", () => this.redraw());
    addEventListener("popstate", () => void this.load(readAddress(location.search)));
    const { transport } = this;
    const back = () => transport.jump(transport.at - 1);
    const forward = () => transport.jump(transport.at + 1);
    installShortcuts({
      ArrowLeft: back,
      ArrowRight: forward,
      k: back,
      j: forward,
      // As on a machine's page.
      ",": back,
      ".": forward,
      Home: () => transport.jump(0),
      End: () => transport.jump(transport.last),
      " ": () => transport.toggle(),
      "!": () => this.breach.show(),
      c: () => /** @type {HTMLElement|null} */ (document.querySelector("#choices button"))?.focus(),
    });
    const showBreach = () => this.breach.show();
    const openMachine = () => void this.fork();
    const openTest = () => void this.openTest();
    registerCommands(pathCommands(transport, { showBreach, openMachine, openTest }));
  }

  /** Show what an address says; of several asked for one after another, the last, whichever answer
   * comes last. @param {import("./path-address.js").Address} address */
  async load(address) {
    const player = byId("player", HTMLElement);
    const load = ++this.loads;
    this.transport.pause();
    player.setAttribute("aria-busy", "true");
    try {
      /** @type {PathView} */
      const path = await get(`/paths?${apiQuery(address)}`);
      if (load !== this.loads) return;
      this.path = path;
      this.address = address;
      setText(byId("path-title", HTMLElement), path.policy);
      setText(byId("path-sentence", HTMLElement), `${path.summary} Here: ${path.sentence}.`);
      byId("path-json", HTMLAnchorElement).href = `/api/v1/paths?${apiQuery(address)}`;
      byId("path-check", HTMLAnchorElement).href = `/check?${address.bounds}`;
      this.breach.load(path);
      this.steps.load(path.states);
      this.lanes.load(path);
      this.show(stateOf(address, path.states.length - 1));
      player.dataset.path = path.path;
      enableControls();
    } catch (error) {
      if (load === this.loads) complain(error);
    } finally {
      if (load === this.loads) player.removeAttribute("aria-busy");
    }
  }

  redraw() {
    if (!this.path) return;
    this.lanes.load(this.path);
    this.lanes.show(this.transport.at);
  }

  /** @param {number} number */
  go(number) {
    this.address = { ...this.address, at: number };
    history.replaceState(null, "", writeAddress(this.address));
    this.show(number);
  }

  /** @param {number} at */
  show(at) {
    const states = this.path?.states ?? [];
    const state = states[at];
    if (!state) return;
    this.transport.show(at, states.length - 1);
    this.steps.show(at);
    this.lanes.show(at);
    setText(byId("step-words", HTMLElement), `Step ${at}: ${state.words}.`);
    setText(byId("state-title", HTMLElement), `State after step ${at}`);
    byId("harts", HTMLElement).replaceChildren(...hartCards(state, states[at - 1], this.jump));
    byId("others", HTMLElement).replaceChildren(...otherFacts(state, states[at - 1]));
    this.showChoices(state, states[at + 1]);
    byId("player", HTMLElement).dataset.at = String(at);
  }

  /** @param {PathState} state @param {PathState|undefined} next */
  showChoices(state, next) {
    byId("choices-none", HTMLElement).hidden = state.choices.length > 0;
    byId("choices-hint", HTMLElement).hidden = state.choices.length === 0;
    byId("choices", HTMLElement).replaceChildren(
      ...state.choices.map(({ number, words }) => {
        const taken = next?.choice === number;
        return make(
          "li",
          {},
          make(
            "button",
            {
              type: "button",
              class: "choice",
              "aria-current": taken ? "true" : null,
              click: () => void this.take(number),
            },
            make("span", { class: "step-number" }, `${number}`),
            make("span", {}, words),
            taken ? make("span", { class: "change-mark" }, "taken here") : null,
          ),
        );
      }),
    );
  }

  /** Go the way of a choice: on along the path, or off it. @param {number} choice */
  async take(choice) {
    const { at } = this.transport;
    if (this.path?.states[at + 1]?.choice === choice) {
      this.jump(at + 1);
    } else {
      const address = { ...this.address, path: branch(this.address.path, at, choice), at: null };
      history.pushState(null, "", writeAddress(address));
      await this.load(address);
    }
    // The list of choices is another now.
    /** @type {HTMLElement|null} */ (document.querySelector("#choices button"))?.focus({
      preventScroll: true,
    });
  }

  async fork() {
    if (!this.path) return;
    const path = cut(this.address.path, this.transport.at);
    try {
      const body = { policy: this.path.policy, ...this.path.bounds, path };
      const machine = await change("POST", "/paths/machines", body);
      location.assign(`/machines/${machine.id}`);
    } catch (error) {
      complain(error);
    }
  }

  async openTest() {
    try {
      const query = apiQuery(this.address);
      setText(byId("test-source", HTMLElement), await getText(`/paths/test?${query}`));
      const link = byId("download-test", HTMLAnchorElement);
      link.href = `/api/v1/paths/test?${query}`;
      link.download = `test_${(this.path?.policy ?? "path").replaceAll("-", "_")}.py`;
      byId("test-dialog", HTMLDialogElement).showModal();
    } catch (error) {
      complain(error);
    }
  }
}

/** @param {string|Promise<string>} text @param {string} done */
async function copied(text, done) {
  try {
    await copy(await text);
    tell(done);
  } catch (error) {
    complain(error);
  }
}

installThemeToggle();
const page = new PathPage();
await page.load(page.address);
