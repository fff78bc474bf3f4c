// The search box above the map: what is typed is linked to entries; Enter opens the first.

import { announce, h, icon, langOf, t } from "./core.js";

const PAUSE = 120; // ms after the last key

export class MapFind {
  /** @param actions {show(found), open(id)} */
  constructor(server, actions) {
    this.server = server;
    this.actions = actions;
    this.found = [];
    this.at = 0;
    this.timer = 0;
    this.wanted = ""; // what the last request was about
    this.input = h("input", {
      type: "search",
      id: "zt-map-find",
      role: "combobox",
      "aria-controls": "zt-map-found",
      "aria-expanded": "false",
      "aria-autocomplete": "list",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: "200",
    });
    this.list = h("ul", { id: "zt-map-found", role: "listbox", class: "zt-popover", hidden: true });
    this.element = h("div", { class: "zt-map-find", role: "search" }, icon("search"), this.input, this.list);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.found.length && this.expand(true));
    this.element.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.element.contains(relatedTarget)) this.expand(false);
    });
  }

  relabel() {
    this.input.placeholder = t("map_find");
    this.input.setAttribute("aria-label", t("map_find_label"));
    this.list.setAttribute("aria-label", t("map_find_label"));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  typed() {
    clearTimeout(this.timer);
    if (this.input.value.trim()) this.timer = setTimeout(() => this.ask(), PAUSE);
    else this.take([]);
  }

  /** Ask the server; what was typed on since wins over what comes late. */
  async ask() {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    this.wanted = text;
    const answer = await this.server.find({ text }).catch(() => null);
    if (this.wanted !== text || this.input.value.trim() !== text) return;
    this.take(answer?.found ?? [], text);
  }

  take(found, text = "") {
    this.found = found;
    this.answered = text;
    this.at = 0;
    this.actions.show(found);
    this.draw();
    if (text) announce(found.length ? t("map_found", { n: found.length }) : t("map_find_none"));
  }

  draw() {
    const rows = this.found.map((one, i) => {
      const note = { misspelt: t("found_misspelt"), near: t("found_near") }[one.how] ?? one.name;
      return h(
        "li",
        { role: "option", id: `zt-map-found-${i}`, "aria-selected": String(i === this.at) },
        h("span", { lang: langOf(one.title) }, one.title),
        note && note !== one.title ? h("small", { lang: langOf(note) }, note) : null,
      );
    });
    rows.forEach((row, i) => {
      row.addEventListener("pointerdown", (event) => event.preventDefault()); // the focus stays
      row.addEventListener("click", () => this.open(i));
    });
    const none = h(
      "li",
      { class: "zt-none", role: "option", "aria-disabled": "true", "aria-selected": "false" },
      t("map_find_none"),
    );
    this.list.replaceChildren(...(rows.length || !this.answered ? rows : [none]));
    this.expand(this.list.childElementCount > 0);
    if (rows.length) this.input.setAttribute("aria-activedescendant", `zt-map-found-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  expand(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  async key(event) {
    // Enter that ends the choice of a Chinese word is the input method's, not ours (229: Safari).
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.found.length) {
      event.preventDefault();
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const text = this.input.value.trim();
      if (text && this.answered !== text) await this.ask();
      this.open(this.at);
    } else if (event.key === "Escape" && this.input.value) {
      event.stopPropagation();
      this.input.value = "";
      this.take([]);
    }
  }

  open(i) {
    const one = this.found[i];
    if (!one) return;
    this.at = i;
    this.draw();
    this.expand(false);
    this.actions.open(one.id);
  }
}
