// How an interview is put into words: why a question is asked, verdicts, scores, times.

import { h, icon, langOf, readLink, t } from "./core.js";
import { passageNodes } from "./rich.js";

/** Icon of each verdict, best first; the word stands beside it, so colour alone says nothing. */
export const VERDICTS = { covered: "check", partial: "half", missing: "ring", contradicted: "close" };

export const verdictChip = (verdict) =>
  h(
    "span",
    { class: `zt-verdict-chip zt-v-${verdict}` },
    icon(VERDICTS[verdict]),
    h("span", {}, t(`verdict_${verdict}`)),
  );

/** Why a question was chosen. */
export function whyText({ why, retrievability }) {
  const p = retrievability === null ? null : Math.round(100 * retrievability);
  return p === null ? t(`why_${why}`) : t(`why_${why}_p`, { p });
}

/** Minutes and seconds, `3:07`. */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** In how many days something comes back. */
export function inDays(days) {
  if (days <= 0) return t("back_today");
  if (days === 1) return t("back_tomorrow");
  if (days < 60) return t("back_days", { n: days });
  return t("back_months", { n: Math.round(days / 30) });
}

export const day = (text) => new Date(text).toLocaleDateString(t("lang"), { dateStyle: "medium" });

/** Days from today until a time, by the learner's own calendar. */
export function daysUntil(text) {
  const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(new Date(text)) - midnight(new Date())) / 86_400_000);
}

export const newId = () =>
  crypto.randomUUID?.() ?? Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join("");

/** Titles of a place on the map, as a list. */
export const pathNode = (path) =>
  h(
    "ol",
    { class: "zt-path", "aria-label": t("place") },
    ...path.map((title) => h("li", { lang: langOf(title) }, title)),
  );

/** A bullet of the notes: its words, where they stand, and the reference behind them. */
export function bulletNode({ quote, entry, path, source }) {
  const title = path.at(-1);
  const web = /^https?:\/\//.test(source.url);
  return h(
    "blockquote",
    { class: "zt-bullet" },
    passageNodes(quote),
    h(
      "p",
      { class: "zt-bullet-foot" },
      h("span", { lang: langOf(title) }, title),
      readLink(entry, title, t("read_whole")),
      web
        ? h(
            "a",
            { href: source.url, target: "_blank", rel: "noopener noreferrer", title: source.url },
            icon("link"),
            h("span", {}, t("source_web")),
          )
        : null,
    ),
  );
}

/** A claim of the notes that is wrong. */
export function erratumNode({ claim, correction }) {
  return h(
    "section",
    { class: "zt-erratum" },
    h("p", { class: "zt-erratum-title" }, icon("warn"), t("erratum")),
    h(
      "dl",
      {},
      h("dt", {}, t("erratum_claim")),
      h("dd", {}, passageNodes(claim)),
      h("dt", {}, t("erratum_right")),
      h("dd", {}, passageNodes(correction)),
    ),
  );
}

/** Send a text with Enter, and break the line with Shift+Enter; a word being composed goes on. */
export function enterSends(area, send) {
  area.addEventListener("keydown", (event) => {
    // Enter that ends the choice of a Chinese word is the input method's, not ours (229: Safari).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
}

/** Give a text area the height of what stands in it, up to `most` pixels. */
export function grows(area, most = 420) {
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, most)}px`;
  };
  area.addEventListener("input", fit);
  return fit;
}
