// The bar at the top: the name, the model in use, language, light or dark.

import { closing, h, icon, keep, language, page, setLanguage, t } from "./core.js";
import { said } from "./failure.js";
import { listen } from "./arrive.js";
import { ProfileChooser } from "./profile.js";
import { start, status } from "./status.js";
import { mountTabs } from "./tabs.js";

const THEMES = ["auto", "light", "dark"];
const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };
const systemDark = matchMedia("(prefers-color-scheme: dark)");

export function mount(element, { server }) {
  const root = element.querySelector(".zt-header");
  const people = new ProfileChooser(server);
  const render = () => {
    people.draw();
    const tools = [chip(), people.element, ...switches(render)];
    root.replaceChildren(brand(), h("div", { class: "zt-tools" }, ...tools));
  };
  page.addEventListener("language", render);
  listen();
  mountTabs();
  status.addEventListener("change", () => root.querySelector(".zt-chip")?.replaceWith(chip()));
  systemDark.addEventListener("change", applyTheme);
  document.documentElement.lang = t("lang"); // Gradio has put the browser's there
  applyTheme();
  render();
  start(server);
}

function brand() {
  const logo = h("img", {
    src: new URL("zhitu/logo.svg", document.baseURI),
    alt: "",
    width: 28,
    height: 28,
  });
  return h(
    "div",
    { class: "zt-brand" },
    logo,
    h("span", { class: "zt-name" }, t("name")),
    h("span", { class: "zt-tagline" }, t("tagline")),
  );
}

function modelText(now) {
  if (status.lost) return ["lost", t("chip_lost")];
  if (!now || now.phase === "starting") return ["loading", t("chip_starting")];
  if (now.phase === "failed") return ["failed", t("chip_failed")];
  switch (now.model) {
    case "ready":
      return ["ready", now.model_name];
    case "loading":
      return ["loading", t("chip_loading", { model: now.model_name })];
    case "failed":
      return ["failed", t("chip_model_failed")];
    default:
      return ["none", t("chip_none")];
  }
}

function chip() {
  const now = status.now;
  const [kind, text] = modelText(now);
  const explained = t(`chip_title_${kind}`, { model: now?.model_name ?? "" });
  const details = h(
    "details",
    { class: `zt-chip zt-chip-${kind}` },
    h(
      "summary",
      { title: t("chip_title") },
      h("span", { class: "zt-dot", "aria-hidden": "true" }),
      h("span", { class: "zt-sr" }, t("chip_label") + t("colon")),
      h("span", { class: "zt-chip-text" }, text),
    ),
    h(
      "div",
      { class: "zt-popover" },
      h("p", {}, explained),
      now?.model_message ? h("p", { class: "zt-detail" }, said(now, "model_message")) : null,
      now?.phase === "ready" && now.index === "ready"
        ? h(
            "p",
            { class: "zt-detail" },
            t("index_size", { entries: now.entries, chunks: now.chunks }),
          )
        : null,
    ),
  );
  return closing(details);
}

function switches(render) {
  const theme = window.zhituConfig.theme;
  const other = language() === "zh" ? "en" : "zh";
  return [
    h(
      "button",
      {
        type: "button",
        class: "zt-tool zt-language",
        lang: other === "zh" ? "zh-CN" : "en",
        title: t("language_switch"),
        onclick: () => {
          setLanguage(other);
          document.querySelector(".zt-language")?.focus();
        },
      },
      other === "zh" ? "中文" : "EN",
    ),
    h(
      "button",
      {
        type: "button",
        class: "zt-tool zt-theme",
        title: t(`theme_${theme}`),
        "aria-label": t(`theme_${theme}`),
        onclick: () => {
          window.zhituConfig.theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
          keep("zhitu.theme", window.zhituConfig.theme);
          applyTheme();
          render();
          document.querySelector(".zt-theme")?.focus();
        },
      },
      icon(THEME_ICONS[theme]),
    ),
  ];
}

function applyTheme() {
  const chosen = window.zhituConfig.theme;
  const dark = chosen === "auto" ? systemDark.matches : chosen === "dark";
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  document.body.classList.toggle("dark", dark); // for Gradio's own components
}
