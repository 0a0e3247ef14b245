// @ts-check
// The command palette: a dialog with one line to type in and the commands that fit it.

import { matches, registeredCommands, sourcedCommands } from "./commands.js";
import { byId, make, setText } from "./dom.js";
import { counted } from "./format.js";

/** @typedef {import("./commands.js").Command} Command */
/** @typedef {import("./commands.js").Match} Match */

const MOST_SHOWN = 60;
const PAGE = 8;

/** An ARIA combobox: the focus stays in the input, the active option is named from there. */
export class CommandPalette {
  /** @param {Command[]} general what every page offers, after what the page itself does */
  constructor(general) {
    this.general = general;
    this.dialog = byId("commands", HTMLDialogElement);
    this.input = byId("commands-input", HTMLInputElement);
    this.list = byId("commands-list", HTMLElement);
    this.status = byId("commands-status", HTMLElement);
    /** @type {Command[]} */
    this.commands = [];
    /** @type {Match[]} */
    this.shown = [];
    this.active = 0;
    this.input.addEventListener("input", () => this.filter());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("click", (event) => {
      // Only the backdrop belongs to the dialog itself.
      if (event.target === this.dialog) this.dialog.close();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      if (event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (this.dialog.open) this.dialog.close();
      else void this.open();
    });
  }

  async open() {
    this.commands = [...registeredCommands(), ...this.general];
    this.input.value = "";
    delete this.dialog.dataset.ready;
    this.filter();
    if (!this.dialog.open) this.dialog.showModal();
    this.input.focus();
    const sourced = await sourcedCommands();
    this.extend(sourced);
    this.dialog.dataset.ready = "true";
  }

  /** Offer what had to be asked for, too. Whoever has moved to a command meanwhile stays on it.
   * @param {Command[]} sourced */
  extend(sourced) {
    const chosen = this.active > 0 ? this.shown[this.active]?.command : undefined;
    this.commands = [...registeredCommands(), ...this.general, ...sourced];
    this.filter();
    const place = this.shown.findIndex(({ command }) => command === chosen);
    if (place > 0) this.activate(place);
  }

  /** @param {number} [active] */
  filter(active = 0) {
    const found = matches(this.input.value, this.commands);
    this.shown = found.slice(0, MOST_SHOWN);
    this.list.replaceChildren(...this.shown.map((match, index) => this.option(match, index)));
    const left = found.length - this.shown.length;
    const more = left > 0 ? `; ${left} more, type to narrow down` : "";
    setText(this.status, found.length ? counted(found.length, "command") + more : "Nothing fits.");
    this.activate(Math.min(active, this.shown.length - 1));
  }

  /** @param {Match} match @param {number} index */
  option({ command, number }, index) {
    const argument = command.number ? ` ${number ?? "…"}` : "";
    return make(
      "li",
      {
        id: `command-${index}`,
        role: "option",
        "aria-selected": "false",
        click: () => this.run(index),
      },
      make("span", { class: "command-title" }, command.title + argument),
      make("span", { class: "command-group" }, command.group),
      command.keys ? make("kbd", {}, command.keys) : null,
    );
  }

  /** @param {number} index */
  activate(index) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = Math.max(0, index);
    const option = this.list.children[this.active];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const last = this.shown.length - 1;
    /** @type {Record<string, number>} */
    const targets = {
      ArrowDown: this.active === last ? 0 : this.active + 1,
      ArrowUp: this.active === 0 ? last : this.active - 1,
      PageDown: Math.min(last, this.active + PAGE),
      PageUp: Math.max(0, this.active - PAGE),
    };
    const target = targets[event.key];
    if (target === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (target === undefined) this.run(this.active);
    else this.activate(target);
  }

  /** @param {number} index */
  run(index) {
    const match = this.shown[index];
    if (!match) return;
    const { command, number } = match;
    if (command.number && number === null) {
      // It wants a number: leave the reader where one is typed.
      this.input.value = `${command.title} `;
      this.filter();
      this.input.focus();
      return;
    }
    this.dialog.close();
    if (command.href) location.assign(command.href);
    else void command.run?.(number ?? 0);
  }
}
