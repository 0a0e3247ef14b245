// @ts-check
// What one may do to domains: the requests, and the dialogs that ask for their arguments.

import { change, Problem } from "../common/api.js";
import { byId, make, setText } from "../common/dom.js";
import { clearProblems, numberOf, onSubmit, textOf } from "../common/forms.js";
import { counted } from "../common/format.js";
import { complain, tell } from "../common/notice.js";

/** @typedef {import("../common/types.js").Domain} Domain */

const PAST = "This is the past: fork from here to change it.";

/** "domain 3 “dom0”". @param {Domain} domain */
export function nameOf(domain) {
  return `domain ${domain.id} “${domain.name}”`;
}

/** Actions on the domains of one machine, in its present alone; `done` is called after each that
 * worked. */
export class DomainActions {
  /** @param {string} machine @param {number[]} harts @param {() => boolean} inPast
   * @param {() => void} done */
  constructor(machine, harts, inPast, done) {
    this.base = `/machines/${machine}/domains`;
    this.inPast = inPast;
    this.done = done;
    /** @type {Domain|null} */
    this.subject = null;
    this.createDialog = byId("create-dialog", HTMLDialogElement);
    this.migrateDialog = byId("migrate-dialog", HTMLDialogElement);
    this.unmapDialog = byId("unmap-dialog", HTMLDialogElement);
    byId("migrate-hart", HTMLSelectElement).replaceChildren(
      ...harts.map((hart) => make("option", { value: hart }, `hart ${hart}`)),
    );
    this.listen();
  }

  listen() {
    for (const dialog of [this.createDialog, this.migrateDialog, this.unmapDialog]) {
      dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    }
    onSubmit(byId("create-form", HTMLFormElement), (data) => this.create(data));
    onSubmit(byId("migrate-form", HTMLFormElement), (data) => this.migrate(data));
    onSubmit(byId("unmap-form", HTMLFormElement), (data) => this.unmap(data));
  }

  /** Ask for a change's arguments, unless there can be no change. @param {HTMLDialogElement} dialog */
  open(dialog) {
    if (this.inPast()) complain(PAST);
    else if (!dialog.open) dialog.showModal();
  }

  /** Every change goes this way. @param {string} method @param {string} path @param {unknown} [body] */
  async send(method, path, body) {
    if (this.inPast()) throw new Problem(0, PAST, "", []);
    return change(method, path, body);
  }

  askCreate() {
    clearProblems(byId("create-form", HTMLFormElement));
    this.open(this.createDialog);
    byId("create-vcpus", HTMLInputElement).select();
  }

  /** @param {Domain} domain */
  askMigrate(domain) {
    this.subject = domain;
    setText(byId("migrate-title", HTMLElement), `Migrate a vCPU of ${nameOf(domain)}`);
    byId("migrate-vcpu", HTMLSelectElement).replaceChildren(
      ...domain.vcpus.map((vcpu) => {
        const where = vcpu.hart === null ? "on no hart" : `on hart ${vcpu.hart}`;
        return make("option", { value: vcpu.index }, `vCPU ${vcpu.index}, ${where}`);
      }),
    );
    clearProblems(byId("migrate-form", HTMLFormElement));
    this.open(this.migrateDialog);
  }

  /** @param {Domain} domain */
  askUnmap(domain) {
    this.subject = domain;
    setText(byId("unmap-title", HTMLElement), `Unmap pages of ${nameOf(domain)}`);
    setText(byId("unmap-pages", HTMLElement), `It has guest pages 0 to ${domain.pages - 1}.`);
    clearProblems(byId("unmap-form", HTMLFormElement));
    this.open(this.unmapDialog);
  }

  /** @param {FormData} data */
  async create(data) {
    const body = {
      vcpus: numberOf(data, "vcpus"),
      name: textOf(data, "name"),
      pages: numberOf(data, "pages"),
    };
    /** @type {Domain} */
    const domain = await this.send("POST", this.base, body);
    this.createDialog.close();
    this.succeed(`Created ${nameOf(domain)} with ${counted(domain.vcpus.length, "vCPU")}.`);
  }

  /** @param {FormData} data */
  async migrate(data) {
    if (!this.subject) return;
    const [vcpu, hart] = [Number(data.get("vcpu")), Number(data.get("hart"))];
    await this.send("POST", `${this.base}/${this.subject.id}/vcpus/${vcpu}/migrate`, { hart });
    this.migrateDialog.close();
    this.succeed(`Migrated vCPU ${vcpu} of ${nameOf(this.subject)} to hart ${hart}.`);
  }

  /** @param {FormData} data */
  async unmap(data) {
    if (!this.subject) return;
    const body = { first: numberOf(data, "first"), count: numberOf(data, "count") };
    await this.send("POST", `${this.base}/${this.subject.id}/unmap`, body);
    this.unmapDialog.close();
    this.succeed(`Unmapped pages of ${nameOf(this.subject)}.`);
  }

  /** @param {Domain} domain */
  async togglePause(domain) {
    const verb = domain.state === "paused" ? "unpause" : "pause";
    const done = verb === "pause" ? "Paused" : "Unpaused";
    await this.attempt(`${done} ${nameOf(domain)}.`, "POST", `${this.base}/${domain.id}/${verb}`);
  }

  /** @param {Domain} domain */
  async destroy(domain) {
    await this.attempt(`Destroyed ${nameOf(domain)}.`, "DELETE", `${this.base}/${domain.id}`);
  }

  /** @param {string} success @param {string} method @param {string} path */
  async attempt(success, method, path) {
    try {
      await this.send(method, path);
      this.succeed(success);
    } catch (error) {
      complain(error);
    }
  }

  /** @param {string} text */
  succeed(text) {
    tell(text);
    this.done();
  }
}
