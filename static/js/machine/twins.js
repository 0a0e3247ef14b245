// @ts-check
// The addresses, in JSON, of what a machine's page shows.

import { byId } from "../common/dom.js";

const MACHINE = "link[rel=alternate], .machine-head .head-links a, .site-footer a";

/** Lead to the moment, and the map, that are on screen. @param {import("./source.js").MachineSource} source
 * @param {number|null} hart whose map that is */
export function showTwins(source, hart) {
  const address = `/api/v1${source.path("")}`;
  for (const link of document.querySelectorAll(MACHINE)) {
    const said = link.getAttribute("href")?.split("?")[0];
    if (said === `/api/v1/machines/${source.id}`) link.setAttribute("href", address);
  }
  byId("map-json", HTMLAnchorElement).href = `/api/v1${source.path("/bitmap", { hart })}`;
}
