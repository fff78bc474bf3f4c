// Who is learning. Everything that the page asks about a learner goes with `asker()`.

import { keep, page } from "./core.js";

const KEY = "zhitu.profile";

function kept() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // storage is switched off: the server takes the default profile
  }
}

let chosen = kept();

/** Who asks, and in which time zone their days begin. An unknown profile is the default one. */
export const asker = () => ({
  profile: chosen,
  zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
});

export const profile = () => chosen;

/** Someone else learns now: fires `profile` on the page; its detail is who it was before. */
export function choose(id) {
  const before = chosen;
  chosen = id;
  keep(KEY, id);
  if (before !== id) page.dispatchEvent(new CustomEvent("profile", { detail: before }));
}

// Another window of this browser has switched: both go on with the same learner.
addEventListener("storage", (event) => {
  if (event.key === KEY && event.newValue && event.newValue !== chosen) choose(event.newValue);
});

/** The learner's progress has changed: whoever shows it asks again. */
export const progressed = () => page.dispatchEvent(new Event("progress"));

/** The server's functions with the asker in what they are given; {failure} where none answers. */
export const withAsker = (server) =>
  new Proxy(server, {
    get:
      (functions, name) =>
      (given = {}) =>
        functions[name]({ ...asker(), ...given }),
  });
