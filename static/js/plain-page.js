// @ts-check
// A page that only has the header and the help.

import { installShortcuts } from "./common/shortcuts.js";
import { installThemeToggle } from "./common/theme.js";

installThemeToggle();
installShortcuts({});
