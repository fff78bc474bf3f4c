// Ways into a tab from elsewhere on the page. A tab is built when it is opened first: what it is to
// do waits here until then.

import { page } from "./core.js";
import { showTab } from "./tabs.js";

const TABS = { ask: "tab_ask", quiz: "tab_interview", review: "tab_review" };
const waiting = new Map(); // name of an event → its detail

/** Listen from the page's start: `ask` {question, entry}, `quiz` {entry: {id, title}}, and `review`. */
export function listen() {
  for (const [name, tab] of Object.entries(TABS)) {
    page.addEventListener(name, async ({ detail }) => {
      waiting.set(name, detail ?? {});
      await showTab(tab);
      page.dispatchEvent(new Event(`${name}-waits`));
    });
  }
}

/** Take what waits for a tab, now and whenever something comes. */
export function onArrival(name, run) {
  const take = () => {
    if (!waiting.has(name)) return false;
    const detail = waiting.get(name);
    waiting.delete(name);
    run(detail);
    return true;
  };
  page.addEventListener(`${name}-waits`, take);
  return take();
}

/** Ask three questions on an entry; `among` are others that go with it. */
export function quiz(entry, among = []) {
  const scope = [...new Set([entry.id, ...among])].slice(0, 3);
  page.dispatchEvent(new CustomEvent("quiz", { detail: { entry, scope } }));
}
