// @ts-check
// The page with the form for a new machine.

import { byId } from "../common/dom.js";
import { installShortcuts } from "../common/shortcuts.js";
import { installThemeToggle } from "../common/theme.js";
import { NewMachineForm } from "./new-machine.js";

installThemeToggle();
installShortcuts({});
new NewMachineForm();
const wanted = new URLSearchParams(location.search).get("schedule");
const schedule = byId("new-schedule", HTMLSelectElement);
if (wanted !== null && [...schedule.options].some(({ value }) => value === wanted))
  schedule.value = wanted;
