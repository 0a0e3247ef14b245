// @ts-check
// The first page: a machine that runs, and the saved machines with their live numbers.

import { change, get } from "../common/api.js";
import { byId } from "../common/dom.js";
import { onSubmit } from "../common/forms.js";
import { complain, tell } from "../common/notice.js";
import { loadPalette } from "../common/palette.js";
import { Refresher } from "../common/refresher.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { waitUntilRestored } from "../machine/restoring.js";
import { LiveView } from "./live-view.js";
import { MachineCards } from "./machine-cards.js";

/** @typedef {import("../common/types.js").Machine} Machine */
/** @typedef {import("../common/types.js").Palette} Palette */

const POLL_MS = 1000;

/** @type {LiveView|null} */
let view = null;

installThemeToggle();
installShortcuts({
  " ": () => void view?.toggle(),
  ".": () => void view?.step(),
  n: () => location.assign("/new"),
});

/** @param {Palette} palette */
async function follow(palette) {
  const id = document.getElementById("live")?.dataset.machineId;
  if (!id) return;
  try {
    const machine = await waitUntilRestored(id);
    view = new LiveView(machine, palette);
    view.start(machine);
  } catch (error) {
    complain(error);
  }
}

/** @param {Palette} palette */
function listMachines(palette) {
  const dialog = byId("delete-dialog", HTMLDialogElement);
  /** @type {Machine|null} */
  let doomed = null;
  const cards = new MachineCards(palette, (machine) => {
    doomed = machine;
    byId("delete-title", HTMLElement).textContent = `Delete the machine “${machine.name}”?`;
    dialog.showModal();
  });
  const refresher = refreshing(cards);
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  onSubmit(byId("delete-form", HTMLFormElement), async () => {
    if (!doomed) return;
    await change("DELETE", `/machines/${doomed.id}`);
    dialog.close();
    // The machine above is another now, or none.
    if (doomed.id === view?.id) location.reload();
    tell(`Deleted “${doomed.name}”.`);
    refresher.request();
  });
  refresher.request();
  setInterval(() => refresher.request(), POLL_MS);
}

/** @param {MachineCards} cards */
function refreshing(cards) {
  let answering = true;
  return new Refresher(async () => {
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
}

const palette = await loadPalette();
listMachines(palette);
await follow(palette);
