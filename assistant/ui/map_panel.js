// The panel beside the map: an entry to read in short, what is known of it, and the ways on from it.

import { entryHref, h, icon, knows, langOf, page, t } from "./core.js";
import { quiz } from "./arrive.js";
import { failureOf } from "./cards.js";
import { Cited } from "./cited.js";
import { typeset } from "./formula.js";
import { day, daysUntil } from "./interview_words.js";
import { levelWord } from "./map_data.js";

const html = (tag, properties, text) => {
  const element = h(tag, properties);
  element.innerHTML = text; // rendered by the server, which lets no markup of a note through
  return element;
};

export class MapPanel {
  /** @param actions {entry(id), open(id), close()} */
  constructor(actions) {
    this.actions = actions;
    this.node = null;
    this.data = null;
    this.element = h("section", { class: "zt-map-panel", hidden: true, "aria-labelledby": "zt-panel-title" });
  }

  /** The learner has moved on, or the map is another one. */
  refresh(data) {
    this.data = data;
    const node = this.node && data.byId.get(this.node.id);
    if (this.node && !node) this.actions.close();
    else if (node) this.open(node, false);
  }

  async open(node, focus = true) {
    this.node = node;
    this.element.hidden = false;
    if (this.entry?.id !== node.id) {
      this.entry = null;
      this.draw();
    }
    const entry = await this.actions.entry(node.id);
    if (this.node !== node) return;
    this.entry = entry ?? { failure: { kind: "lost", found: t("lost_text"), next_step: "" } };
    this.draw();
    if (focus) this.element.querySelector("h2")?.focus({ preventScroll: true });
  }

  hide() {
    this.node = null;
    this.entry = null;
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  draw() {
    const { node, entry } = this;
    if (!node) return;
    const body = h("div", { class: "zt-panel-body" });
    if (entry?.failure) body.append(failureOf(entry.failure, t("lost_title")));
    else if (entry) body.append(...this.parts(node, entry));
    this.element.replaceChildren(this.head(node), body);
    if (!entry?.id) return;
    if (entry.references.length) new Cited(body, entry.references, body);
    typeset(body);
  }

  head(node) {
    const above = this.data.path(node).slice(0, -1);
    return h(
      "header",
      { class: "zt-panel-head" },
      h(
        "div",
        {},
        above.length
          ? h("nav", { "aria-label": t("place") }, h("ol", { class: "zt-path" }, ...above.map((one) => h("li", {}, this.link(one)))))
          : null,
        h("h2", { id: "zt-panel-title", tabindex: "-1", lang: langOf(node.title) }, node.title),
      ),
      h(
        "button",
        {
          type: "button",
          class: "zt-tool zt-panel-close",
          title: `${t("close")} (Esc)`,
          "aria-label": t("close"),
          onclick: () => this.actions.close(),
        },
        icon("close"),
      ),
    );
  }

  parts(node, entry) {
    const points = entry.sections[0];
    return [
      this.facts(node, entry),
      this.ways(node, entry),
      points
        ? html("div", { class: "zt-prose zt-panel-points", lang: langOf(points.html) }, points.html)
        : h("p", { class: "zt-detail" }, t("entry_empty")),
      this.errata(entry),
      this.neighbours(entry),
      entry.children.length
        ? h("section", {}, h("h3", {}, t("panel_below")), this.places(entry.children))
        : null,
    ].filter(Boolean);
  }

  facts(node, { due, marks }) {
    const { level, chance, seen } = this.data.fact(node, !node.questions);
    const rows = [
      node.questions ? [t("map_questions"), t("map_questions_n", { seen, n: node.questions })] : null,
      chance === null ? null : [t("map_chance"), `${chance} %`],
      marks.length ? [t("map_marks"), marks.map(({ score }) => score).join(" · ")] : null,
      due ? [t("map_due"), daysUntil(due) <= 0 ? t("map_due_now") : day(due)] : null,
    ].filter(Boolean);
    const pie = level === "own" ? null : h("i", { class: `zt-pie zt-pie-${level}`, "aria-hidden": "true" });
    return h(
      "div",
      { class: "zt-panel-facts" },
      h("p", { class: "zt-map-level", "data-level": level }, pie, levelWord(node, level)),
      h("dl", {}, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    );
  }

  ways(node, { id, title }) {
    const tabs = window.zhituConfig.tabs;
    const way = (name, run, text) =>
      h("button", { type: "button", class: "zt-button", onclick: run }, icon(name), text);
    return h(
      "div",
      { class: "zt-panel-ways" },
      h("a", { class: "zt-button zt-primary", href: entryHref(id) }, icon("book"), t("panel_read")),
      node.asked && tabs.includes("tab_interview") ? way("quiz", () => quiz({ id, title }), t("quiz_me")) : null,
      way("spark", () => this.ask({ id, title }), t("ask_this")),
    );
  }

  ask(entry) {
    page.dispatchEvent(new CustomEvent("ask", { detail: { question: "", entry } }));
  }

  errata({ errata }) {
    if (!errata.length) return null;
    const items = errata.map(({ claim, right }) =>
      h(
        "li",
        { class: "zt-panel-erratum" },
        h("p", { class: "zt-erratum-label" }, t("erratum_claim")),
        html("del", {}, claim),
        h("p", { class: "zt-erratum-label" }, t("erratum_right")),
        html("div", {}, right),
      ),
    );
    return h("section", {}, h("h3", {}, t("erratum")), h("ul", {}, ...items));
  }

  /** Related entries, one list a relation: each leads on along the map. */
  neighbours({ neighbours }) {
    if (!neighbours?.length) return null;
    const relations = new Map();
    for (const place of neighbours) {
      const name = `near_${place.kind}${place.from_here ? "" : "_it"}`;
      relations.set(name, [...(relations.get(name) ?? []), place]);
    }
    const lists = [...relations].map(([name, places]) =>
      h("div", { class: "zt-relation" }, h("h4", {}, knows(name) ? t(name) : ""), this.places(places)),
    );
    return h("section", { class: "zt-panel-near" }, h("h3", {}, t("neighbours")), ...lists);
  }

  places(places) {
    return h("ul", { class: "zt-walk" }, ...places.map((place) => h("li", {}, this.link(place))));
  }

  /** A link that goes on along the map, and opens in a tab of its own like any other. */
  link({ id, title, lead }) {
    const link = h("a", { href: entryHref(id), lang: langOf(title) }, title);
    if (lead) link.title = html("span", {}, lead).textContent;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || !this.data.byId.has(id)) return;
      event.preventDefault();
      this.actions.open(id);
    });
    return link;
  }
}
