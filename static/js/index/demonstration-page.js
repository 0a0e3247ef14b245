// @ts-check
// Has a demonstration's machine found or made, and opens it, playing.

import { change } from "../common/api.js";
import { byId } from "../common/dom.js";
import { complain } from "../common/notice.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";

installThemeToggle();
installShortcuts({});
try {
  const { name } = byId("demonstration", HTMLElement).dataset;
  const machine = await change("PUT", `/demonstrations/${name}`);
  // Replaced, so that the browser's Back leads to where the reader came from.
  location.replace(`/machines/${machine.id}`);
} catch (error) {
  complain(error);
}
