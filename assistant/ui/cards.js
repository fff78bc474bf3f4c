// Cards that say what is wrong and what to do: index, model, errors, a lost server.

import { h, icon, knows, t } from "./core.js";
import { linesOf, said } from "./failure.js";
import { reindex, status } from "./status.js";

export function card(kind, title, ...children) {
  return h(
    "section",
    { class: `zt-card zt-card-${kind}`, role: kind === "error" ? "alert" : null },
    icon(kind === "info" ? "info" : "warn"),
    h("div", { class: "zt-card-body" }, h("p", { class: "zt-card-title" }, title), ...children),
  );
}

const detail = (...lines) =>
  lines.filter(Boolean).map((line) => h("p", { class: "zt-detail" }, line));

export const button = (text, run, kind = "") =>
  h("button", { type: "button", class: `zt-button ${kind}`, onclick: run }, text);

/** A failed request: the reason, the next step, and "again". */
export function failureCard(failure, again) {
  const known = `error_${failure.kind}`;
  const title = t(knows(known) ? known : "error_Unexpected");
  if (failure.kind === "IndexStateError") {
    // The banner above the conversation builds the index; here the question is asked again.
    const ready = status.now?.index === "ready" && !status.now.indexing.running;
    const then = ready ? button(t("again"), again, "zt-primary") : null;
    return card("error", title, ...detail(said(failure, "found")), then);
  }
  return card(
    "error",
    title,
    ...detail(...linesOf(failure)),
    button(t("again"), again),
  );
}

/** What went wrong where nothing is asked again; `title` for an error without a name of its own. */
export function failureOf(failure, title) {
  const known = `error_${failure.kind}`;
  const named = knows(known) && !["UsageError", "Unexpected"].includes(failure.kind);
  return card("error", named ? t(known) : title, ...detail(...linesOf(failure)));
}

/** What stands above the conversation: null while all is well. */
export function banner() {
  const now = status.now;
  if (status.lost) {
    return card(
      "error",
      t("lost_title"),
      ...detail(t("lost_text")),
      button(t("reload"), () => location.reload()),
    );
  }
  if (!now || now.phase === "starting") return null;
  if (now.phase === "failed") {
    return card("error", t("failed_title"), ...detail(...linesOf(now.failure)));
  }
  if (now.indexing.running) return card("info", t("indexing_title"), progress(now.indexing));
  if (now.indexing.failure) {
    return card(
      "error",
      t("indexing_failed"),
      ...detail(...linesOf(now.indexing.failure)),
      indexAction(t("index_again")),
    );
  }
  if (now.index !== "ready") {
    return card(
      "warn",
      t(`index_${now.index}`),
      ...detail(now.index === "missing" ? t("index_missing_text") : said(now, "index_message")),
      indexAction(t("index_build")),
    );
  }
  if (now.stale.length) {
    const names = now.stale.slice(0, 3).map(sourceName);
    const more = now.stale.length > 3 ? " …" : "";
    return card(
      "info",
      t("stale_title", { n: now.stale.length }),
      ...detail(names.join(t("comma")) + more),
      indexAction(t("index_update")),
    );
  }
  return null;
}

/** The indexer has one name for the notes that come with the program; all others are paths. */
const sourceName = (source) =>
  source === "built-in corpus" ? t("builtin_corpus") : source.split(/[\\/]/).pop();

function indexAction(text) {
  const now = status.now;
  return now?.indexing.running ? progress(now.indexing) : button(text, reindex, "zt-primary");
}

function progress({ what, done, total }) {
  const name = knows(`progress_${what}`) ? t(`progress_${what}`) : what || t("progress_begin");
  const bar = h("progress", { "aria-label": t("indexing_title") });
  if (total) {
    bar.max = total;
    bar.value = done;
  }
  return h(
    "div",
    { class: "zt-progress" },
    bar,
    h("span", {}, total ? `${name} ${done}/${total}` : name),
  );
}

/** A hint, once, where there is no chat model on this machine. */
export function modelHint() {
  const now = status.now;
  if (now?.phase !== "ready" || now.index !== "ready") return null;
  const message = detail(said(now, "model_message"));
  if (now.model === "absent") return card("info", t("model_absent"), ...message);
  if (now.model === "failed") return card("warn", t("model_failed"), ...message);
  return null;
}
