// @ts-check
// What the command palette offers in the player.

/** @typedef {import("../common/commands.js").Command} Command */
/** @typedef {import("./transport.js").Transport} Transport */

/** @param {Transport} transport @param {{showBreach: () => void, openMachine: () => void,
 *   openTest: () => void}} actions @returns {Command[]} */
export function pathCommands(transport, { showBreach, openMachine, openTest }) {
  const group = "this path";
  return [
    { title: "Play or pause", group, keys: "Space", run: () => transport.toggle() },
    { title: "Step forward", group, keys: "→", run: () => transport.jump(transport.at + 1) },
    { title: "Step back", group, keys: "←", run: () => transport.jump(transport.at - 1) },
    { title: "To the start", group, keys: "Home", run: () => transport.jump(0) },
    { title: "To the end", group, keys: "End", run: () => transport.jump(transport.last) },
    { title: "Go to step", group, number: true, run: (step) => transport.jump(step) },
    { title: "Show what breaks", group, words: "violation", keys: "!", run: showBreach },
    { title: "Open as machine", group, words: "live fork", run: openMachine },
    { title: "As test…", group, words: "pytest", run: openTest },
  ];
}
