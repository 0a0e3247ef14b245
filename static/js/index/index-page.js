// @ts-check
// The first page: machines with their live numbers, and the form for another one.

import { change, get } from "../common/api.js";
import { byId } from "../common/dom.js";
import { onSubmit } from "../common/forms.js";
import { MachineCards } from "./machine-cards.js";
import { NewMachineForm } from "./new-machine.js";
import { complain, tell } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { Refresher } from "../common/refresher.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";

/** @typedef {import("../common/types.js").Machine} Machine */

const POLL_MS = 1000;

installThemeToggle();
const form = new NewMachineForm();
installShortcuts({ n: () => form.focus() });

const dialog = byId("delete-dialog", HTMLDialogElement);
/** @type {Machine|null} */
let doomed = null;

const cards = new MachineCards(
  byId("machine-cards", HTMLElement),
  await loadPalette(),
  (machine) => {
    doomed = machine;
    byId("delete-title", HTMLElement).textContent = `Delete the machine “${machine.name}”?`;
    dialog.showModal();
  },
);

let answering = true;
const refresher = new Refresher(async () => {
  if (document.hidden) return;
  try {
    const { items } = await get("/machines");
    cards.show(items);
    byId("no-machines", HTMLElement).hidden = items.length > 0;
    if (!answering) tell("The server answers again.");
    answering = true;
  } catch (error) {
    if (answering) complain(error);
    answering = false;
  }
}, POLL_MS);

dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
onSubmit(byId("delete-form", HTMLFormElement), async () => {
  if (!doomed) return;
  await change("DELETE", `/machines/${doomed.id}`);
  dialog.close();
  tell(`Deleted “${doomed.name}”.`);
  byId("main", HTMLElement).querySelector("h1")?.scrollIntoView();
  refresher.request();
});

document.getElementById("start-first")?.addEventListener("click", async (event) => {
  const { schedule, cpus } = /** @type {HTMLElement} */ (event.currentTarget).dataset;
  const body = {
    name: "First start",
    policy: "xen-riscv-v2-posted",
    platform: { preset: "rv64", harts: Math.max(4, Number(cpus)), vmidlen: 6 },
    schedule,
    loop: true,
  };
  try {
    const machine = await change("POST", "/machines", body);
    await change("PUT", `/machines/${machine.id}/clock`, { running: true, speed: 250 });
    location.assign(`/machines/${machine.id}`);
  } catch (error) {
    complain(error);
  }
});

refresher.request();
setInterval(() => refresher.request(), POLL_MS);
