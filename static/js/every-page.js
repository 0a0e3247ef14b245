// @ts-check
// What every page has beside its own module: the command palette, and the footer's copies.

import { CommandPalette } from "./common/command-palette.js";
import { registerSource } from "./common/commands.js";
import { copy, curlOf, linkTo } from "./common/copying.js";
import { byId, setText } from "./common/dom.js";
import { chapters, demonstrations, machines, pages, traces } from "./common/places.js";
import { CHOICES, setTheme, themeName } from "./common/theme.js";

const SHOWN_MS = 5000;
let timer = 0;

/** Copy a text, and say in the footer how that went. @param {() => Promise<string>} text @param {string} done */
async function copied(text, done) {
  const output = byId("copied", HTMLOutputElement);
  clearTimeout(timer);
  try {
    await copy(await text());
    setText(output, done);
    timer = window.setTimeout(() => setText(output, ""), SHOWN_MS);
  } catch (error) {
    setText(output, error instanceof Error ? error.message : String(error));
  }
}

const copyLink = () => copied(() => linkTo(location), "Copied the link to this page.");

/** The page's JSON twin, as the page names it now. */
function twin() {
  return /** @type {HTMLLinkElement|null} */ (document.querySelector("link[rel=alternate]"))?.href;
}

async function copyCurl() {
  const address = twin();
  if (address) await copied(async () => curlOf(address), "Copied the command that reads this page.");
}

const palette = new CommandPalette([
  ...pages(),
  { title: "Copy link", group: "this page", words: "share permalink url", run: copyLink },
  ...(twin() ? [{ title: "Copy curl", group: "this page", words: "api json", run: copyCurl }] : []),
  {
    title: "Keyboard",
    group: "this page",
    words: "help keys shortcuts",
    keys: "?",
    run: () => byId("open-help", HTMLButtonElement).click(),
  },
  ...CHOICES.map((choice) => ({
    title: `Theme: ${themeName(choice)}`,
    group: "every page",
    words: "colours light dark contrast",
    run: () => setTheme(choice),
  })),
]);
for (const [id, action] of /** @type {const} */ ([
  ["open-commands", () => palette.open()],
  ["page-link", copyLink],
  ["page-curl", copyCurl],
])) {
  const button = document.getElementById(id);
  if (!button) continue;
  button.hidden = false;
  button.addEventListener("click", () => void action());
}

for (const source of [machines, demonstrations, chapters, traces]) registerSource(source);
