// What this browser tab remembers of an interview or a review, so that a reload loses nothing: where
// it stands, and what was typed. Each learner has a memory of their own.

import { profile } from "./people.js";

/** The memory of one tab of the page. */
export function memory(name) {
  const keyOf = (id) => `zhitu.${name}.${id}`;
  return {
    /** What was saved, or null. */
    load() {
      try {
        return JSON.parse(sessionStorage.getItem(keyOf(profile())));
      } catch {
        return null;
      }
    },

    save(here) {
      try {
        if (here) sessionStorage.setItem(keyOf(profile()), JSON.stringify(here));
        else sessionStorage.removeItem(keyOf(profile()));
      } catch {
        // storage is full or switched off: the page works, and a reload begins at the question
      }
    },

    /** The browser did not know yet who learns: what was kept is theirs. */
    adopt() {
      try {
        const found = sessionStorage.getItem(keyOf(""));
        if (found) sessionStorage.setItem(keyOf(profile()), found);
        sessionStorage.removeItem(keyOf(""));
      } catch {
        // nothing was kept
      }
    },
  };
}
