// @ts-check
// A page that only has the header and the help.

import { installShortcuts } from "./shortcuts.js";
import { installThemeToggle } from "./theme.js";

installThemeToggle();
installShortcuts({});
