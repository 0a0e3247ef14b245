// @ts-check
// What the command palette offers on a machine's page: everything that its panels can do.

import { byId } from "../common/dom.js";
import { ranges } from "../common/format.js";
import { complain } from "../common/notice.js";
import { SHOWS } from "../map/map-colours.js";

/** @typedef {import("../common/commands.js").Command} Command */
/** @typedef {import("../common/types.js").Domain} Domain */
/** @typedef {import("./controls.js").Controls} Controls */
/** @typedef {import("./allowed.js").Allowed} Allowed */
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
 * @property {Allowed} allowed
 * @property {() => void} nextViolation
 */

/** Do it where nothing is wrong with what was asked for. @param {string|null} problem @param {() => void} work */
function unless(problem, work) {
  if (problem) complain(problem);
  else work();
}

/** What a button or a box of a panel does. @param {string} id */
function press(id) {
  return () => byId(id, HTMLElement).click();
}

/** @param {Parts} parts @returns {Command[]} */
export function machineCommands(parts) {
  return [
    ...timeCommands(parts),
    ...selectCommands(parts),
    ...viewCommands(parts),
    ...domainCommands(parts),
  ];
}

/** Events that one can jump to, by the word of the API. */
const KINDS = ["fence", "assignment", "violation"];

/** @param {Parts} parts @returns {Command[]} */
function timeCommands({ controls, timeline, allowed }) {
  const group = "time";
  const goTo = (/** @type {number} */ at) =>
    unless(allowed.event(at, timeline.latest), () => timeline.jumpTo(at));
  return [
    { title: "Play or pause", group, words: "run stop", keys: "Space", run: () => controls.toggle() },
    { title: "Step", group, words: "one forward", keys: ".", run: () => controls.step(1) },
    { title: "Step many:", group, number: true, run: (count) => controls.step(count) },
    { title: "Back", group, words: "past rewind", keys: ",", run: () => timeline.back() },
    { title: "Go to the beginning", group, words: "past start", run: () => timeline.jumpTo(0) },
    { title: "Go to event", group, words: "at past", number: true, run: goTo },
    { title: "Go to now", group, words: "present live", keys: "Backspace", run: () => timeline.jumpTo(null) },
    ...KINDS.flatMap((kind) => [
      { title: `Previous ${kind}`, group, words: "jump past", run: () => timeline.jump("previous", kind) },
      { title: `Next ${kind}`, group, words: "jump", run: () => timeline.jump("next", kind) },
    ]),
    { title: "Fork from here", group, words: "branch copy", run: () => timeline.fork() },
    { title: "Undo: fork from the moment before", group, words: "back", run: () => timeline.undo() },
  ];
}

/** @param {Parts} parts @returns {Command[]} */
function selectCommands({ map, log, store, source, allowed, nextViolation }) {
  const group = "this machine";
  const selectVmid = (/** @type {number} */ vmid) =>
    unless(allowed.vmid(vmid), () => map.showVmid(vmid, null));
  const selectHart = (/** @type {number} */ hart) =>
    unless(allowed.hart(hart), () => store.set({ hart }));
  const selectDomain = async (/** @type {number} */ domain) =>
    unless(await noDomain(source, domain), () => store.set({ domain }));
  return [
    { title: "Go to VMID", group, keys: "g", number: true, run: selectVmid },
    { title: "Select hart", group, number: true, run: selectHart },
    { title: "All harts together", group, words: "map", run: () => store.set({ hart: null }) },
    { title: "Select domain", group, number: true, run: selectDomain },
    { title: "Select nothing", group, words: "clear", run: () => store.set({ vmid: null, domain: null }) },
    { title: "Next VMID in violation", group, words: "wrong hit map", keys: "!", run: nextViolation },
    { title: "Filter the log", group, words: "search flush", keys: "/", run: () => log.focusFilter() },
  ];
}

/** Why a domain cannot be selected. @param {MachineSource} source @param {number} domain */
async function noDomain(source, domain) {
  try {
    /** @type {{items: Domain[]}} */
    const { items } = await source.get("/domains");
    const ids = items.map(({ id }) => id);
    if (ids.includes(domain)) return null;
    return `Domain is ${domain}; ${ids.length ? `${ranges(ids)} is allowed` : "there is none"}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param {Parts} parts @returns {Command[]} */
function viewCommands({ map, store }) {
  const group = "this machine";
  const [zoom, time] = ["larger smaller whole", "lanes time larger smaller"];
  return [
    { title: "Bookmark this map", group, words: "keep compare", keys: "b", run: () => map.keep() },
    { title: "Remove bookmark", group, words: "map", run: () => store.set({ bookmark: null }) },
    ...SHOWS.map((show) => ({
      title: `Show map by ${show}`,
      group,
      words: "colours lens",
      run: () => store.set({ show }),
    })),
    { title: "Zoom into the map", group, words: zoom, keys: "+", run: press("map-zoom-in") },
    { title: "Zoom out of the map", group, words: zoom, keys: "-", run: press("map-zoom-out") },
    { title: "Whole map", group, words: "zoom fit", keys: "0", run: press("map-zoom-fit") },
    { title: "Zoom into the lanes", group, words: time, keys: "W", run: press("lanes-in") },
    { title: "Zoom out of the lanes", group, words: time, keys: "S", run: press("lanes-out") },
    { title: "All of the lanes", group, words: "zoom fit", keys: "f", run: press("lanes-fit") },
    { title: "Arrows on or off", group, words: "lanes remote fences", run: press("lanes-arrows") },
    { title: "Follow the log or not", group, words: "new lines", run: press("log-follow") },
    { title: "Groups or lines in the log", group, words: "list", run: press("log-grouped") },
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
