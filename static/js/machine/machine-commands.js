// @ts-check
// What the command palette offers on a machine's page: everything that its panels can do.

import { complain } from "../common/notice.js";

/** @typedef {import("../common/commands.js").Command} Command */
/** @typedef {import("../common/types.js").Domain} Domain */
/** @typedef {import("./controls.js").Controls} Controls */
/** @typedef {import("./domain-actions.js").DomainActions} DomainActions */
/** @typedef {import("./page-state.js").PageStore} PageStore */
/** @typedef {import("./source.js").MachineSource} MachineSource */
/** @typedef {import("../timeline/timeline.js").Timeline} Timeline */
/** @typedef {import("../map/map-panel.js").MapPanel} MapPanel */
/** @typedef {import("../log/log-panel.js").LogPanel} LogPanel */

/**
 * The parts of the page that do what is chosen.
 * @typedef {object} Parts
 * @property {Controls} controls
 * @property {Timeline} timeline
 * @property {DomainActions} actions
 * @property {MapPanel} map
 * @property {LogPanel} log
 * @property {PageStore} store
 * @property {MachineSource} source
 * @property {() => void} nextViolation
 */

/** @param {Parts} parts @returns {Command[]} */
export function machineCommands(parts) {
  return [...timeCommands(parts), ...selectCommands(parts), ...domainCommands(parts)];
}

/** Events that one can jump to, by the word of the API. */
const KINDS = ["fence", "assignment", "violation"];

/** @param {Parts} parts @returns {Command[]} */
function timeCommands({ controls, timeline }) {
  const group = "time";
  return [
    { title: "Play or pause", group, words: "run stop", keys: "Space", run: () => controls.toggle() },
    { title: "Step", group, words: "one forward", keys: ".", run: () => controls.step(1) },
    { title: "Step many:", group, number: true, run: (count) => controls.step(count) },
    { title: "Back", group, words: "past rewind", keys: ",", run: () => timeline.back() },
    { title: "Go to the beginning", group, words: "past start", run: () => timeline.go(0) },
    { title: "Go to event", group, words: "at past", number: true, run: (at) => timeline.go(at) },
    { title: "Go to now", group, words: "present live", keys: "Backspace", run: () => timeline.go(null) },
    ...KINDS.flatMap((kind) => [
      { title: `Previous ${kind}`, group, words: "jump past", run: () => timeline.jump("previous", kind) },
      { title: `Next ${kind}`, group, words: "jump", run: () => timeline.jump("next", kind) },
    ]),
    { title: "Fork from here", group, words: "branch copy", run: () => timeline.fork() },
    { title: "Undo: fork from the moment before", group, words: "back", run: () => timeline.undo() },
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function selectCommands({ map, log, store, nextViolation }) {
  const group = "this machine";
  return [
    { title: "Go to VMID", group, keys: "g", number: true, run: (vmid) => map.showVmid(vmid, null) },
    { title: "Select hart", group, number: true, run: (hart) => store.set({ hart }) },
    { title: "All harts together", group, words: "map", run: () => store.set({ hart: null }) },
    { title: "Select domain", group, number: true, run: (domain) => store.set({ domain }) },
    { title: "Select nothing", group, words: "clear", run: () => store.set({ vmid: null, domain: null }) },
    { title: "Next VMID in violation", group, words: "wrong hit map", keys: "!", run: nextViolation },
    { title: "Filter the log", group, words: "search flush", keys: "/", run: () => log.focusFilter() },
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function domainCommands({ actions, source, timeline }) {
  const group = "domains";
  const when = () => !timeline.inPast;
  const on = (/** @type {(domain: Domain) => unknown} */ action) => async (/** @type {number} */ id) => {
    try {
      await action(await source.get(`/domains/${id}`));
    } catch (error) {
      complain(error);
    }
  };
  /** @type {Command[]} */
  const commands = [
    { title: "Create domain", group, words: "new guest", keys: "n", run: () => actions.askCreate() },
    { title: "Pause or unpause domain", group, number: true, run: on((one) => actions.togglePause(one)) },
    { title: "Destroy domain", group, number: true, run: on((one) => actions.destroy(one)) },
    { title: "Migrate a vCPU of domain", group, number: true, run: on((one) => actions.askMigrate(one)) },
    { title: "Unmap pages of domain", group, number: true, run: on((one) => actions.askUnmap(one)) },
  ];
  return commands.map((command) => ({ ...command, when }));
}
