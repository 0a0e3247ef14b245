// @ts-check
// What the command palette offers on a comparison's page.

import { byId } from "../common/dom.js";

/** @typedef {import("../common/commands.js").Command} Command */

/**
 * @typedef {object} Parts
 * @property {import("./compare-controls.js").CompareControls} controls
 * @property {import("./divergence-panel.js").DivergencePanel} divergence
 * @property {(part: Partial<import("./compare-address.js").View>) => void} look
 */

/** @param {Parts} parts @returns {Command[]} */
export function compareCommands({ controls, divergence, look }) {
  const group = "comparison";
  const swap = () => byId("swap", HTMLButtonElement).click();
  const choose = (/** @type {string} */ id) => () => byId(id, HTMLSelectElement).focus();
  return [
    { title: "Play or pause both", group, words: "run stop", keys: "Space", run: () => controls.toggle() },
    { title: "Step both", group, words: "one", keys: ".", run: () => controls.step(1) },
    { title: "Step back", group, words: "one", keys: ",", run: () => controls.step(-1) },
    { title: "Go to step", group, words: "position", number: true, run: (steps) => controls.goTo(steps) },
    { title: "First divergence", group, words: "difference", keys: "f", run: () => divergence.find() },
    { title: "Swap A and B", group, keys: "x", run: swap },
    { title: "Choose policy A", group, run: choose("compare-a") },
    { title: "Choose policy B", group, run: choose("compare-b") },
    { title: "Go to VMID", group, keys: "g", number: true, run: (vmid) => look({ vmid }) },
    { title: "Select hart", group, number: true, run: (hart) => look({ hart }) },
    { title: "All harts together", group, words: "map", run: () => look({ hart: null }) },
  ];
}
