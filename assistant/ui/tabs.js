// The row of tabs: names in the reader's language, arrow keys, and the open one in the address.

import { page, t } from "./core.js";

const ROW = "#zt-tabs";
const titles = window.zhituConfig.tabs; // keys of their names, in order; Gradio knows Chinese only
const nameOf = (title) => title.replace(/^tab_/, "");
const buttons = () => [...document.querySelectorAll(`${ROW} [role="tab"]`)];

/** Where there are tabs, name them and open the one that the address asks for. */
export async function mountTabs() {
  if (titles.length < 2) return;
  await there();
  page.addEventListener("language", name);
  document.addEventListener("click", (event) => {
    const chosen = buttons().indexOf(event.target.closest?.(`${ROW} [role="tab"]`));
    if (chosen >= 0) remember(titles[chosen]);
  });
  document.querySelector(ROW).addEventListener("keydown", key);
  name();
  const wanted = new URLSearchParams(location.search).get("tab");
  const title = titles.find((one) => nameOf(one) === wanted);
  if (title) await showTab(title);
}

/** Open a tab by the key of its name; done when it is to be seen. */
export async function showTab(title) {
  const button = buttons()[titles.indexOf(title)];
  if (!button || button.getAttribute("aria-selected") === "true") return;
  button.click();
  await new Promise((done) => setTimeout(done)); // Gradio draws after the click
}

/** Gradio loads its row of tabs by itself, now and then after us. */
function there() {
  if (buttons().length) return Promise.resolve();
  return new Promise((done) => {
    const watcher = new MutationObserver(() => {
      if (!buttons().length) return;
      watcher.disconnect();
      done();
    });
    watcher.observe(document.body, { childList: true, subtree: true });
  });
}

function name() {
  for (const [i, button] of buttons().entries()) button.textContent = t(titles[i]);
}

/** A reload opens the tab again, and it can be linked. The first one needs no name. */
function remember(title) {
  const address = new URL(location.href);
  if (title === titles[0]) address.searchParams.delete("tab");
  else address.searchParams.set("tab", nameOf(title));
  history.replaceState(history.state, "", address);
}

function key(event) {
  const all = buttons();
  const at = all.indexOf(event.target);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  const next = all[(to + all.length) % all.length];
  next.focus();
  next.click();
}
