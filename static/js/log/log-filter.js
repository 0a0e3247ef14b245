// @ts-check
// The log's filter as text that is edited. What it means, the server alone decides.

const TOKEN = /(?:[a-z_]+(?::|[<>]=?))?(?:"[^"]*"?|[^\s"]+)?/gi;

/** The terms of a filter, as they are written. @param {string} text */
export function termsOf(text) {
  return [...text.matchAll(TOKEN)].map(([term]) => term).filter(Boolean);
}

/** The text with a term added, or taken away where it is there. @param {string} text @param {string} term */
export function toggled(text, term) {
  const terms = termsOf(text);
  const others = terms.filter((each) => each !== term);
  return (others.length < terms.length ? others : [...terms, term]).join(" ");
}

/** The text without the terms of another text. @param {string} text @param {string} left */
export function without(text, left) {
  const gone = new Set(termsOf(left));
  return termsOf(text)
    .filter((term) => !gone.has(term))
    .join(" ");
}

/** Does the last term still wait for its value, or a quote for its end? @param {string} text */
export function isUnfinished(text) {
  return /[:<>=.]$/.test(text.trim()) || (text.split('"').length - 1) % 2 === 1;
}
