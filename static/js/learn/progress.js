// @ts-check
// Which chapters are done, in the browser's storage and nowhere else.

import { recall, remember } from "../common/storage.js";

const NAME = "learned";

/** The numbers in a kept text; what is none counts for nothing. @param {string|null} text */
export function parseDone(text) {
  const numbers = (text ?? "").split(",").map(Number).filter((number) => number > 0);
  return new Set(numbers.filter(Number.isInteger));
}

/** Numbers of chapters that are done. @returns {Set<number>} */
export function doneChapters() {
  return parseDone(recall(NAME));
}

/** @param {number} chapter */
export function markDone(chapter) {
  const done = [...doneChapters().add(chapter)].sort((a, b) => a - b);
  remember(NAME, done.join(","));
}

export function forgetDone() {
  remember(NAME, null);
}
