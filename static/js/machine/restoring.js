// @ts-check
// A machine that is being brought back after a restart: say how far it is, and wait.

import { get } from "../common/api.js";
import { byId, setText } from "../common/dom.js";

/** @typedef {import("../common/types.js").Machine} Machine */

const POLL_MS = 500;

/** The machine once it can be used. Raises Problem where there is none, or it cannot be restored.
 * @param {string} id @returns {Promise<Machine>} */
export async function waitUntilRestored(id) {
  const box = byId("restoring", HTMLElement);
  for (;;) {
    /** @type {Machine} */
    const machine = await get(`/machines/${id}`);
    if (machine.status === "failed") throw new Error(machine.failure ?? "The machine failed.");
    box.hidden = machine.status !== "restoring";
    if (machine.status !== "restoring") return machine;
    const share = Math.round(100 * (machine.progress ?? 0));
    byId("restoring-bar", HTMLProgressElement).value = share;
    setText(byId("restoring-text", HTMLElement), `Replaying this machine's commands: ${share} %`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
