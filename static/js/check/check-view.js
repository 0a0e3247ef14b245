// @ts-check
// A check as it goes on, and what it found.

import { byId, make, setText } from "../common/dom.js";
import { counted, integer } from "../common/format.js";

/** @typedef {import("../path/path-types.js").CheckView} CheckView */
/** @typedef {import("../path/path-types.js").Verdict} Verdict */

const STATES = {
  queued: "",
  running: "",
  done: "",
  cancelled: "Cancelled.",
  failed: "Failed.",
};

/** States a second so far, or a dash while that says nothing. @param {CheckView} check */
export function rateOf({ progress, seconds }) {
  return seconds > 0.05 ? integer(progress.states / seconds) : "–";
}

/** A verdict in one line. @param {CheckView} check */
export function headline({ state, verdict }) {
  if (!verdict) return STATES[state];
  if (!verdict.holds) {
    const steps = verdict.path === "" ? 0 : verdict.path.split(".").length;
    const { name, title } = verdict.broken ?? { name: "A property", title: "" };
    return `${name} ${title} is broken in ${counted(steps, "step")}`;
  }
  return verdict.complete ? "Holds within these bounds" : "Stopped before everything was explored";
}

/** The properties of a check that holds, each with its twin: did what it is about happen at all?
 * @param {CheckView} check @param {Verdict} verdict @returns {{words: string, doubt: boolean}[]} */
export function twins({ properties }, verdict) {
  return properties.map(({ name, sentence }) => {
    const seen = verdict.witnessed[name] === true;
    const said = seen
      ? "What it speaks of did happen."
      : "What it speaks of never happened, so this says nothing.";
    return { words: `${name}: “${sentence}” ${said}`, doubt: !seen };
  });
}

/** Shows one check. */
export class CheckResult {
  /** @param {CheckView} check */
  show(check) {
    const { progress, state } = check;
    byId("result-none", HTMLElement).hidden = true;
    byId("result", HTMLElement).hidden = false;
    const what = byId("result-what", HTMLElement);
    const waits = state === "queued" ? " It waits for its turn." : "";
    setText(what, `${check.policy}: ${check.sentence}.${waits}`);
    for (const name of /** @type {const} */ (["states", "transitions", "depth", "waiting"])) {
      setText(byId(`count-${name}`, HTMLElement), integer(progress[name]));
    }
    setText(byId("count-rate", HTMLElement), rateOf(check));
    setText(byId("count-seconds", HTMLElement), check.seconds.toFixed(1));
    byId("result-busy", HTMLElement).hidden = state !== "running" && state !== "queued";
    this.showVerdict(check);
  }

  /** @param {CheckView} check */
  showVerdict(check) {
    const { verdict, failure, page } = check;
    const box = byId("verdict", HTMLElement);
    const head = headline(check);
    if (!head) {
      box.replaceChildren();
      return;
    }
    const kind = verdict && !verdict.holds ? "broken" : verdict?.complete ? "holds" : "stopped";
    const notes = verdict?.holds ? twins(check, verdict) : [];
    const cuts = (verdict?.cut_by ?? []).map((words) => ({
      words: `Not everything: ${words}.`,
      doubt: true,
    }));
    box.replaceChildren(
      make("p", { class: `verdict-head ${kind}` }, head),
      ...(verdict ? [make("p", { class: "small" }, `Bounds: ${check.sentence}.`)] : []),
      ...(failure ? [make("p", {}, failure)] : []),
      make(
        "ul",
        { class: "verdict-list" },
        ...[...notes, ...cuts].map(({ words, doubt }) =>
          make("li", { class: doubt ? "doubt" : null }, words),
        ),
      ),
      ...(page
        ? [make("a", { class: "verdict-play", href: page }, "Play the counterexample")]
        : []),
    );
  }
}

/** One line of the list of checks. @param {CheckView} check @param {(id: string) => void} cancel */
export function checkLine(check, cancel) {
  const { verdict, state, id } = check;
  const status = verdict && !verdict.holds ? "broken" : state;
  const active = state === "queued" || state === "running";
  const found = verdict ? headline(check) : "";
  return make(
    "li",
    { "data-check": id },
    make(
      "span",
      {},
      make("span", { class: "status-chip", "data-status": status }, status),
      " ",
      make("strong", {}, check.policy),
      " ",
      check.page ? make("a", { href: check.page }, found) : found,
    ),
    active
      ? make(
          "button",
          {
            type: "button",
            class: "small-button",
            "aria-label": `Cancel the check of ${check.policy}`,
            click: () => cancel(id),
          },
          "Cancel",
        )
      : null,
    make("span", { class: "quiet" }, check.sentence),
  );
}
