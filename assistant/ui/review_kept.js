// What this browser tab remembers of a review, so that a reload loses nothing: where it stands,
// and what was typed. Each learner has a memory of their own.

import { profile } from "./people.js";

const keyOf = (id) => `zhitu.review.${id}`;

/** {cards, at, done, typed} or null. */
export function load() {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(profile())));
  } catch {
    return null;
  }
}

export function save(here) {
  try {
    if (here) sessionStorage.setItem(keyOf(profile()), JSON.stringify(here));
    else sessionStorage.removeItem(keyOf(profile()));
  } catch {
    // storage is full or switched off: the page works, and a reload begins at the question
  }
}

/** The browser did not know yet who learns: what was kept is theirs. */
export function adopt() {
  try {
    const found = sessionStorage.getItem(keyOf(""));
    if (found) sessionStorage.setItem(keyOf(profile()), found);
    sessionStorage.removeItem(keyOf(""));
  } catch {
    // nothing was kept
  }
}
