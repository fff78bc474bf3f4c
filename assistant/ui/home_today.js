// What to do now: one button, the weakest entries, and one line to ask.

import { h, icon, langOf, page, t } from "./core.js";
import { button } from "./cards.js";
import { enterSends } from "./interview_words.js";
import { showTab } from "./tabs.js";

export class Today {
  /** @param open is called with a node of the map */
  constructor(open) {
    this.open = open;
    this.input = h("input", { type: "text", id: "zt-home-question", autocomplete: "off", maxlength: "2000" });
    this.now = h("section", { class: "zt-today" });
    this.weak = h("section", { class: "zt-weakest" });
    this.asking = h("form", { class: "zt-home-ask" });
    this.element = h("div", { class: "zt-home-now" }, this.now);
    this.rest = h("div", { class: "zt-home-rest" }, this.weak, this.asking);
    this.asking.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    enterSends(this.input, () => this.ask());
  }

  draw(data) {
    this.now.setAttribute("aria-label", t("home_today"));
    this.now.replaceChildren(...(data ? this.today(data.progress) : [skeleton()]));
    this.drawWeakest(data);
    this.input.placeholder = t("home_ask_placeholder");
    this.asking.replaceChildren(
      h("label", { for: "zt-home-question" }, t("home_ask")),
      h(
        "div",
        { class: "zt-home-line" },
        this.input,
        h("button", { type: "submit", "aria-label": t("send"), title: t("send") }, icon("send")),
      ),
    );
  }

  today({ due, minutes, streak, seen, questions }) {
    if (!seen) {
      return [
        h("h2", {}, t("home_new")),
        h("p", { class: "zt-detail" }, t("home_new_text")),
        button(t("home_first"), () => showTab("tab_interview"), "zt-primary"),
      ];
    }
    const facts = [
      streak ? t("home_streak", { n: streak }) : null,
      t("home_seen", { seen, all: questions }),
    ].filter(Boolean);
    return [
      h("h2", {}, due ? t("home_due", { n: due, minutes: Math.max(1, minutes) }) : t("home_none_due")),
      due ? null : h("p", { class: "zt-detail" }, t("home_none_due_text")),
      button(t("home_five"), () => page.dispatchEvent(new CustomEvent("review")), "zt-primary"),
      h("p", { class: "zt-detail zt-today-facts" }, facts.join(" · ")),
    ].filter(Boolean);
  }

  drawWeakest(data) {
    const nodes = (data?.progress.weakest ?? []).map((id) => data.byId.get(id)).filter(Boolean);
    this.weak.hidden = !nodes.length;
    this.weak.setAttribute("aria-label", t("home_weakest"));
    this.weak.replaceChildren(
      h("h2", {}, t("home_weakest")),
      h("ul", {}, ...nodes.map((node) => h("li", {}, this.row(data, node)))),
    );
  }

  row(data, node) {
    const { level, chance, score } = data.fact(node);
    const facts = [
      score === null ? null : t("map_mark_p", { p: score }),
      chance === null ? null : t("map_chance_p", { p: chance }),
    ];
    return h(
      "button",
      { type: "button", onclick: () => this.open(node) },
      h("i", { class: `zt-pie zt-pie-${level}`, "data-level": level, title: t(`level_${level}`) }),
      h("span", {}, h("b", { lang: langOf(node.short) }, node.short), h("small", {}, facts.filter(Boolean).join(" · "))),
      icon("right"),
    );
  }

  ask() {
    const question = this.input.value.trim();
    if (!question) {
      this.input.focus();
      return;
    }
    this.input.value = "";
    page.dispatchEvent(new CustomEvent("ask", { detail: { question, entry: null } }));
  }
}

const skeleton = () => h("div", { class: "zt-today-skeleton", "aria-hidden": "true" });
