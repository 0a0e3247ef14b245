// @ts-check
// What can be done from the command palette: pages register here, and this finds by words.

/**
 * One command: it goes somewhere, or runs. One that takes a number is run with the number in the
 * query: "vmid 12".
 * @typedef {object} Command
 * @property {string} title
 * @property {string} group what it belongs to, shown beside it and searched too
 * @property {string} [words] further words to be found by
 * @property {string} [keys] the key that does the same
 * @property {string} [href]
 * @property {(number: number) => unknown} [run]
 * @property {boolean} [number] does it take one?
 * @property {() => boolean} [when] is it offered now? Left out: always
 */

/** @typedef {{command: Command, number: number|null}} Match */

/** @type {Command[]} */
const registered = [];
/** @type {(() => Promise<Command[]>)[]} */
const sources = [];

/** Offer commands for as long as the page lives. @param {Command[]} commands */
export function registerCommands(commands) {
  registered.push(...commands);
}

/** Offer commands that have to be asked for, whenever the palette is opened; a source that fails
 * offers none. @param {() => Promise<Command[]>} source */
export function registerSource(source) {
  sources.push(source);
}

/** Those that the page offers now: known without asking. */
export function registeredCommands() {
  return registered.filter(({ when }) => when?.() ?? true);
}

/** Those of the sources, in the order in which the sources registered. @returns {Promise<Command[]>} */
export async function sourcedCommands() {
  const lists = await Promise.all(sources.map((source) => source().catch(() => [])));
  return lists.flat();
}

/** "12" and "0x0C" are numbers. @param {string} word @returns {number|null} */
function numberOf(word) {
  return /^(0x[0-9a-f]{1,8}|\d{1,15})$/i.test(word) ? Number(word) : null;
}

const [PREFIX, INSIDE, SCATTERED] = [4, 2, 1];

/** How well a word of the query fits a text's words; 0: not at all.
 * @param {string} word @param {string[]} texts */
function fit(word, texts) {
  return Math.max(0, ...texts.map((text) => fitOne(word, text)));
}

/** @param {string} word @param {string} text */
function fitOne(word, text) {
  if (text.startsWith(word)) return PREFIX;
  if (text.includes(word)) return INSIDE;
  if (text[0] !== word[0]) return 0;
  let at = 0;
  for (const letter of text) if (letter === word[at]) at += 1;
  return at === word.length ? SCATTERED : 0;
}

/** How well a command fits a query; null where a word of the query fits nothing of it.
 * @param {string[]} query @param {Command} command @returns {(Match & {score: number})|null} */
function score(query, command) {
  const title = split(command.title);
  const others = split(`${command.group} ${command.words ?? ""}`);
  let total = 0;
  /** @type {number|null} */
  let number = null;
  for (const word of query) {
    const argument = command.number ? numberOf(word) : null;
    if (argument !== null && number === null) {
      number = argument;
      total += PREFIX;
      continue;
    }
    const found = 2 * fit(word, title) || fit(word, others);
    if (!found) return null;
    total += found;
  }
  return { command, number, score: total };
}

/** @param {string} text */
function split(text) {
  return text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** The commands in which every word of a query is found, the best first; all for an empty one.
 * @param {string} query @param {Command[]} commands @returns {Match[]} */
export function matches(query, commands) {
  const words = split(query);
  return commands
    .flatMap((command) => score(words, command) ?? [])
    .sort((one, other) => other.score - one.score)
    .map(({ command, number }) => ({ command, number }));
}
