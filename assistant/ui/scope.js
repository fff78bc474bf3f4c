// Where to look: all notes, or an entry and everything below it. A searchable tree in a popover.

import { h, icon, langOf, readLink, t } from "./core.js";

const SHOWN = 200; // rows drawn at once; a search narrows more than that down

export class Scope {
  /** @param changed is called with {id, title} or null */
  constructor(changed, id = "zt-scope", whole = true) {
    this.changed = changed;
    this.id = id;
    this.whole = whole; // whether "all notes" can be chosen
    this.nodes = [];
    this.value = null;
    this.rows = [];
    this.at = 0;
    this.button = h("button", {
      type: "button",
      class: "zt-scope-button",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      onclick: () => this.toggle(),
    });
    this.input = h("input", {
      type: "text",
      role: "combobox",
      "aria-controls": `${id}-list`,
      "aria-expanded": "true",
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
    });
    this.list = h("ul", { id: `${id}-list`, role: "listbox" });
    this.popover = h(
      "div",
      { class: "zt-scope-popover", hidden: true },
      h("div", { class: "zt-scope-search" }, icon("search"), this.input),
      this.list,
    );
    this.reading = h("span");
    this.element = h("div", { class: "zt-scope" }, this.button, this.reading, this.popover);
    this.input.addEventListener("input", () => this.draw());
    this.input.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener(
      "pointerdown",
      (event) => this.element.contains(event.target) || this.close(false),
    );
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget)) this.close(false);
    });
    this.label();
  }

  setNodes(nodes) {
    this.nodes = nodes;
    if (this.value && !nodes.some((node) => node.id === this.value.id)) this.choose(null, false);
    this.label();
  }

  label() {
    const title = this.value?.title ?? t("scope_all");
    this.button.replaceChildren(
      icon("tree"),
      h("span", { lang: langOf(title) }, title),
      icon("down"),
    );
    this.button.setAttribute("aria-label", `${t("scope_label")}${t("colon")}${title}`);
    this.reading.replaceChildren(
      ...(this.value ? [readLink(this.value.id, this.value.title)] : []),
    );
    this.button.title = t("scope_title");
    this.button.disabled = !this.nodes.length;
    this.button.classList.toggle("zt-chosen", Boolean(this.value));
    this.input.setAttribute("aria-label", t("scope_search"));
    this.input.placeholder = t("scope_search");
    this.list.setAttribute("aria-label", t("scope_label"));
  }

  toggle() {
    if (!this.popover.hidden) {
      this.close();
      return;
    }
    this.popover.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.input.value = "";
    this.draw();
    this.input.focus();
  }

  close(focus = true) {
    if (this.popover.hidden) return;
    this.popover.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.button.focus();
  }

  /** Rows that match the search; what lies above a match is kept, so that its place is seen. */
  matching() {
    const sought = this.input.value.trim().toLowerCase();
    if (!sought) return this.nodes.map((node) => ({ node, hit: true }));
    const hits = this.nodes.filter((node) =>
      [node.title, ...node.aliases].some((name) => name.toLowerCase().includes(sought)),
    );
    const kept = new Map(hits.map((node) => [node.path.join("\n"), true]));
    for (const { path } of hits) {
      for (let i = 1; i < path.length; i += 1) {
        const above = path.slice(0, i).join("\n");
        if (!kept.has(above)) kept.set(above, false);
      }
    }
    return this.nodes
      .filter((node) => kept.has(node.path.join("\n")))
      .map((node) => ({ node, hit: kept.get(node.path.join("\n")) }));
  }

  draw() {
    const found = this.matching().slice(0, SHOWN);
    this.rows = this.input.value.trim() || !this.whole ? found : [{ node: null, hit: true }, ...found];
    this.list.replaceChildren(
      ...this.rows.map(({ node, hit }, i) => {
        const title = node?.title ?? t("scope_all");
        const chosen = (node?.id ?? null) === (this.value?.id ?? null);
        const row = h(
          "li",
          {
            role: "option",
            id: `${this.id}-${i}`,
            lang: langOf(title),
            "aria-selected": String(chosen),
            class: hit ? null : "zt-above",
            onclick: () => this.choose(node),
          },
          title,
          node?.source && node.depth === 0 ? h("small", {}, ` ${node.source}`) : null,
        );
        row.style.setProperty("--depth", node ? node.depth : 0);
        return row;
      }),
    );
    if (!this.rows.length)
      this.list.append(
        h(
          "li",
          { class: "zt-none", role: "option", "aria-disabled": "true", "aria-selected": "false" },
          t("scope_none"),
        ),
      );
    const chosen = this.rows.findIndex(
      ({ node }) => (node?.id ?? null) === (this.value?.id ?? null),
    );
    const first = this.rows.findIndex(({ hit }) => hit);
    this.move(this.input.value.trim() ? first : Math.max(chosen, 0));
  }

  move(to) {
    this.at = Math.max(0, Math.min(to, this.rows.length - 1));
    for (const [i, row] of [...this.list.children].entries())
      row.classList.toggle("zt-active", i === this.at);
    this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
  }

  key(event) {
    if (event.isComposing) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    if (event.key in steps) this.move(this.at + steps[event.key]);
    else if (event.key === "Home") this.move(0);
    else if (event.key === "End") this.move(this.rows.length - 1);
    else if (event.key === "Enter" && this.rows[this.at]) this.choose(this.rows[this.at].node);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(node, focus = true) {
    this.value = node ? { id: node.id, title: node.title } : null;
    this.label();
    this.close(false);
    this.changed(this.value, focus);
  }
}
