// What is shown before the first question: what to do, examples, and what the notes hold.

import { h, icon, langOf, language, readLink, t } from "./core.js";
import { status } from "./status.js";

export function emptyState(outline, { ask, undo, hint }) {
  const examples = outline.examples[language()] ?? [];
  const waiting = !status.now || status.now.phase === "starting";
  return h(
    "div",
    { class: "zt-empty" },
    h("h1", {}, t("empty_title")),
    h("p", { class: "zt-empty-text" }, t("empty_text")),
    hint,
    examples.length ? h("h2", { class: "zt-sr" }, t("examples")) : null,
    h(
      "ul",
      { class: "zt-examples" },
      ...examples.map((text) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", lang: langOf(text), onclick: () => ask(text) },
            h("span", {}, text),
            icon("right"),
          ),
        ),
      ),
      ...(waiting && !examples.length
        ? [1, 2, 3, 4].map(() => h("li", { class: "zt-skeleton", "aria-hidden": "true" }))
        : []),
    ),
    undo
      ? h("p", {}, h("button", { type: "button", class: "zt-link", onclick: undo }, t("undo_new")))
      : null,
  );
}

/** The map as a list to open; an entry that is clicked becomes the scope of the next question. */
export function outlineTree(outline, choose) {
  const sections = [];
  for (const node of outline.nodes) {
    if (node.depth === 0) sections.push({ node, below: [] });
    else sections.at(-1)?.below.push(node);
  }
  return h(
    "div",
    { class: "zt-outline" },
    h("p", { class: "zt-detail" }, t("outline_text")),
    ...sections.map(({ node, below }) =>
      h(
        "details",
        { open: sections.length === 1 },
        h(
          "summary",
          {},
          icon("right"),
          h("span", { lang: langOf(node.title) }, node.title),
          node.source ? h("small", {}, node.source) : null,
          h("span", { class: "zt-count" }, String(below.length || 1)),
        ),
        h("ul", {}, ...[node, ...below].map((entry) => row(entry, choose))),
      ),
    ),
  );
}

function row(node, choose) {
  const button = h(
    "button",
    { type: "button", title: t("outline_ask", { title: node.title }), onclick: () => choose(node) },
    node.depth === 0 ? t("outline_section") : node.title,
  );
  if (node.depth > 0) button.lang = langOf(node.title);
  const item = h("li", {}, button, readLink(node.id, node.title));
  item.style.setProperty("--depth", Math.max(0, node.depth - 1));
  return item;
}
