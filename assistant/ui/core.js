// What every part of the page uses: texts, elements without HTML strings, icons, small messages.

const config = window.zhituConfig;

/** Fires `language` when the reader switches it. */
export const page = new EventTarget();

export const language = () => config.language;

export function setLanguage(chosen) {
  config.language = chosen;
  keep("zhitu.language", chosen);
  document.documentElement.lang = t("lang");
  page.dispatchEvent(new Event("language"));
}

/** The text of `key` in the reader's language; `{n}` and the like are filled in. */
export function t(key, values = {}) {
  const texts = config.texts[config.language];
  const text = (values.n === 1 && texts[`${key}_one`]) || texts[key] || key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether a text of this name exists: errors and progress have names that we may not know. */
export const knows = (key) => key in config.texts[config.language];

export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // storage is switched off: the choice holds until the page is closed
  }
}

/**
 * Make an element. Strings become text, never markup: what stands in a note, a question or a
 * model's answer can't turn into an element.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const PATHS = {
  send: '<path d="M12 19V5M5.5 11.5 12 5l6.5 6.5"/>',
  stop: '<rect x="5.5" y="5.5" width="13" height="13" rx="2.5" fill="currentColor" stroke="none"/>',
  copy: '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h8"/>',
  check: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',
  sun: '<circle cx="12" cy="12" r="4"/><path d="M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6 7 7M17 17l1.4 1.4M5.6 18.4 7 17M17 7l1.4-1.4"/>',
  moon: '<path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"/>',
  auto: '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor"/>',
  close: '<path d="m6 6 12 12M18 6 6 18"/>',
  down: '<path d="m7 10 5 5 5-5"/>',
  right: '<path d="m10 7 5 5-5 5"/>',
  left: '<path d="m14 7-5 5 5 5"/>',
  book: '<path d="M5 5.5A2.5 2.5 0 0 1 7.5 3H19v15H7.5A2.5 2.5 0 0 0 5 20.5zM5 20.5A2.5 2.5 0 0 0 7.5 21H19"/>',
  tree: '<path d="M6 4v13a2 2 0 0 0 2 2h3M6 9h5"/><rect x="12" y="6.5" width="7" height="5" rx="1.2"/><rect x="12" y="16.5" width="7" height="5" rx="1.2"/>',
  warn: '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5"/><circle cx="12" cy="17" r=".6" fill="currentColor"/>',
  info: '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5"/><circle cx="12" cy="8" r=".6" fill="currentColor"/>',
  save: '<path d="M12 4v11M7.5 11 12 15.5 16.5 11M5 19.5h14"/>',
  again: '<path d="M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4"/>',
  link: '<path d="M10 14 19 5M13 5h6v6M18 14v4a1.5 1.5 0 0 1-1.5 1.5H6.5A1.5 1.5 0 0 1 5 18V8a1.5 1.5 0 0 1 1.5-1.5H10"/>',
  table: '<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M4 9.7h16M4 14.3h16M10 5v14"/>',
  map: '<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M12.5 5v14M4 12.5h8.5M12.5 9.5H20M16.5 9.5V19"/>',
  search: '<circle cx="11" cy="11" r="6"/><path d="m20 20-4.5-4.5"/>',
  ring: '<circle cx="12" cy="12" r="7.5"/>',
  half: '<circle cx="12" cy="12" r="7.5"/><path d="M12 4.5a7.5 7.5 0 0 0 0 15z" fill="currentColor"/>',
  pause: '<path d="M9 5.5v13M15 5.5v13"/>',
  play: '<path d="M8 5.5v13l10-6.5z"/>',
  bulb: '<path d="M9.5 18.5h5M10.5 21h3M8.5 14.5a5.5 5.5 0 1 1 7 0c-.7.6-1 1.2-1 2v.5h-5v-.5c0-.8-.3-1.4-1-2z"/>',
  quiz: '<path d="M4.5 5.5h15v11h-8l-4 3.5v-3.5h-3z"/><path d="M10 9.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.4-.6.9"/><circle cx="12" cy="14" r=".5" fill="currentColor"/>',
  clock: '<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>',
  bin: '<path d="M5 7h14M10 4h4M7 7l.8 12.5h8.4L17 7M10.3 10.5v5.5M13.7 10.5v5.5"/>',
  spark:
    '<path d="M12 4c.6 4.6 3.4 7.4 8 8-4.6.6-7.4 3.4-8 8-.6-4.6-3.4-7.4-8-8 4.6-.6 7.4-3.4 8-8z"/>',
};

export function icon(name) {
  const svg = h("span", { class: "zt-icon", "aria-hidden": "true" });
  svg.innerHTML = `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8"
    stroke-linecap="round" stroke-linejoin="round">${PATHS[name]}</svg>`; // our own constants only
  return svg;
}

const live = h("div", { class: "zt-sr", "aria-live": "polite", role: "status" });
const toasts = h("div", { class: "zt zt-toasts" });
document.body.append(live, toasts); // loaded from the page's body, so it is there

/** Tell a screen reader, and nobody else. */
export function announce(text) {
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 60); // the same text twice is said twice
}

/** A small message at the foot of the page; `action` is {text, run}. Returns what closes it. */
export function toast(text, action = null, seconds = 5) {
  const close = () => box.remove();
  const button = action
    ? h("button", { type: "button", onclick: () => (close(), action.run()) }, action.text)
    : null;
  const box = h("div", { class: "zt-toast", role: "status" }, text, button);
  toasts.replaceChildren(box);
  setTimeout(close, seconds * 1000);
  return close;
}

/** A `<details>` that closes on Escape and on a click elsewhere, as a menu does. */
export function closing(details) {
  const away = (event) => details.contains(event.target) || (details.open = false);
  details.addEventListener("toggle", () =>
    details.open
      ? document.addEventListener("pointerdown", away)
      : document.removeEventListener("pointerdown", away),
  );
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.stopPropagation();
    details.open = false;
    details.firstChild.focus();
  });
  return details;
}

/** The address that opens an entry to read: what `reader.js` listens to. */
export const entryHref = (id) => `#entry=${id.split("/").map(encodeURIComponent).join("/")}`;

/** A small link that opens an entry to read. */
export function readLink(id, title, text = "") {
  // What is to be seen must stand in what is said, or a voice can't choose it.
  const label = text ? `${text}${t("colon")}${title}` : t("read_entry", { title });
  return h(
    "a",
    { class: "zt-read", href: entryHref(id), title: label, "aria-label": label },
    icon("book"),
    text ? h("span", {}, text) : null,
  );
}

/** Chinese text needs its language said, or the browser may take Japanese glyphs. */
export const langOf = (text) => (/[\u4e00-\u9fff]/.test(text) ? "zh-CN" : "en");
