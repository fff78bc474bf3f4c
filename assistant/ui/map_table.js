// The same facts as the map's, as a table: for whoever listens to the page, or likes tables better.

import { entryHref, h, langOf, t } from "./core.js";
import { levelWord } from "./map_data.js";

export class MapTable {
  /** @param open is called with a node of the map */
  constructor(open) {
    this.element = h("div", { class: "zt-map-table", tabindex: "0", role: "region" });
    this.element.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-id]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(this.data.byId.get(link.dataset.id));
    });
  }

  draw(data) {
    this.data = data;
    const names = ["map_entry", "level", "map_chance", "map_mark", "map_due", "map_questions", "map_errata"];
    const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, t(name))));
    const bodies = data.sections.map((section) =>
      h("tbody", {}, ...data.nodes.filter((node) => node.section === section).map((node) => this.row(node))),
    );
    this.element.setAttribute("aria-label", t("map"));
    this.element.replaceChildren(
      h("table", {}, h("caption", { class: "zt-sr" }, t("map")), h("thead", {}, head), ...bodies),
    );
  }

  row(node) {
    const { level, chance, score, seen, due } = this.data.fact(node, !node.questions);
    const title = h(
      "a",
      { href: entryHref(node.id), "data-id": node.id, lang: langOf(node.title) },
      node.title,
    );
    const name = h("th", { scope: "row", class: `zt-depth-${Math.min(node.depth, 4)}` }, title);
    name.style.setProperty("--depth", node.depth);
    const pie = level === "own" ? null : h("i", { class: `zt-pie zt-pie-${level}`, "aria-hidden": "true" });
    const cells = [
      h("span", { class: "zt-map-level", "data-level": level }, pie, levelWord(node, level)),
      chance === null ? "" : `${chance} %`,
      score === null ? "" : String(score),
      due ? String(due) : "",
      node.questions ? `${seen} / ${node.questions}` : "",
      node.errata ? String(node.errata) : "",
    ];
    return h("tr", {}, name, ...cells.map((cell) => h("td", {}, cell)));
  }

  focus(node) {
    if (node) this.element.querySelector(`[data-id="${CSS.escape(node.id)}"]`)?.focus();
  }
}
