// One card: its question, then its answer, then a rating.

import { announce, h, icon, langOf, t } from "./core.js";
import { button, failureCard } from "./cards.js";
import {
  bulletNode,
  erratumNode,
  grows,
  inDays,
  newId,
  pathNode,
} from "./interview_words.js";
import { placeErrata } from "./errata.js";
import { pointList } from "./points.js";
import { sentenceNodes } from "./rich.js";
import { ring } from "./svg.js";

const RATINGS = [1, 2, 3, 4];

export class CardView {
  /** @param actions {rate(card, rating), mark(given), undo(), stop(), keep(typed)} */
  constructor(actions) {
    this.actions = actions;
    this.element = h("section", { class: "zt-rv-card" });
    this.card = null;
  }

  /** @param again {attempt, rating, mark} of a card that is rated once more; text: typed before */
  show(card, place, { again = null, typed = null } = {}) {
    this.card = card;
    this.place = place; // {number, of, undo}
    this.again = again;
    this.attempt = again?.attempt ?? typed?.attempt ?? newId();
    this.mark = again?.mark ?? null;
    this.open = Boolean(again);
    this.typing = Boolean(typed?.text);
    this.text = typed?.text ?? "";
    this.busy = false;
    this.failure = null;
    this.since = performance.now();
    this.seconds = again?.seconds ?? 0;
    this.draw();
    this.focus();
    announce(card.text);
  }

  focus() {
    const target = this.open ? this.heading : (this.area ?? this.heading);
    target.focus({ preventScroll: true });
  }

  draw() {
    const { card } = this;
    this.area = null;
    this.heading = h(
      "h1",
      { lang: langOf(card.text), tabindex: "-1", id: "zt-rv-text" },
      ...sentenceNodes(card.text),
    );
    this.element.replaceChildren(
      this.bar(),
      h("p", { class: "zt-iv-why" }, ...this.facts()),
      pathNode(this.open ? card.path : card.path.slice(0, -1)),
      this.heading,
      ...(this.open ? this.back() : [this.front()]),
    );
    this.fit?.();
  }

  bar() {
    const { number, of, undo } = this.place;
    const text = t("rv_number", { n: String(number), of });
    const tool = (name, label, run) =>
      h(
        "button",
        { type: "button", class: "zt-foot-tool", onclick: run },
        icon(name),
        h("span", {}, label),
      );
    return h(
      "div",
      { class: "zt-iv-bar" },
      h("span", {}, text),
      h("progress", { "aria-label": text, max: of, value: number - 1 }),
      h(
        "span",
        { class: "zt-iv-tools" },
        undo ? tool("again", t("rv_undo"), () => this.actions.undo()) : "",
        tool("stop", t("rv_stop"), () => this.actions.stop()),
      ),
    );
  }

  facts() {
    const { retrievability, seen, kind } = this.card;
    const p = Math.round(100 * (retrievability ?? 0));
    const known = seen ? t("rv_known", { p }) : t("rv_new");
    return [
      h("span", { class: `zt-why ${seen ? "" : "zt-why-new"}` }, known),
      h("span", { class: "zt-kind" }, t(`kind_${kind}`)),
    ];
  }

  front() {
    if (this.typing) return this.typed();
    return h(
      "div",
      {},
      h(
        "div",
        { class: "zt-iv-buttons" },
        button(t("rv_show"), () => this.turn(), "zt-primary"),
        button(t("rv_type"), () => this.type()),
      ),
      h("p", { class: "zt-detail zt-iv-keys" }, t("rv_think_keys")),
    );
  }

  type() {
    this.typing = true;
    this.draw();
    this.area.focus();
  }

  typed() {
    this.area = h("textarea", {
      rows: "4",
      "aria-label": t("iv_answer_label"),
      "aria-describedby": "zt-rv-text",
      placeholder: t("iv_answer_placeholder"),
    });
    this.area.value = this.text;
    this.area.readOnly = this.busy;
    this.fit = grows(this.area);
    this.area.addEventListener("input", () => {
      this.text = this.area.value;
      this.actions.keep({ question: this.card.id, attempt: this.attempt, text: this.text });
    });
    const form = h(
      "form",
      {},
      this.area,
      h(
        "div",
        { class: "zt-iv-buttons" },
        h(
          "button",
          { type: "submit", class: "zt-button zt-primary", "aria-disabled": String(this.busy) },
          t(this.busy ? "iv_marking" : "rv_mark"),
        ),
        button(t("rv_show"), () => this.turn()),
      ),
      h("p", { class: "zt-detail zt-iv-keys" }, t("iv_keys")),
      this.failure ? failureCard(this.failure, () => this.send()) : "",
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    return form;
  }

  /** Have what was typed marked; it is kept first. */
  async send() {
    if (this.busy) return;
    if (!this.text.trim()) {
      this.area.focus();
      return;
    }
    this.busy = true;
    this.failure = null;
    this.clock();
    this.draw();
    this.area.focus();
    const { card } = this;
    const answer = await this.actions.mark({
      question: card.id,
      attempt: this.attempt,
      text: this.text,
      seconds: this.seconds,
    });
    if (this.card !== card) return;
    this.busy = false;
    if (answer.failure) {
      this.failure = answer.failure;
      this.draw();
      this.area.focus();
      return;
    }
    this.mark = answer.mark;
    this.turn();
  }

  clock() {
    this.seconds = Math.round((performance.now() - this.since) / 100) / 10;
  }

  /** Show the answer. */
  turn() {
    if (this.open) return;
    if (!this.mark) this.clock();
    this.open = true;
    this.draw();
    this.heading.focus({ preventScroll: true });
    const points = (this.mark ?? this.card).points.map(({ text, verdict }) =>
      verdict ? `${t(`verdict_${verdict}`)}${t("colon")}${text}` : text,
    );
    announce([...(this.mark ? [t("score_label", { score: this.mark.score })] : []), ...points].join(" "));
  }

  /** What the mark says, or what was chosen before. */
  get proposed() {
    return this.again?.rating ?? this.mark?.rating ?? null;
  }

  back() {
    const { card, mark } = this;
    const cited = new Map(card.citations.map((one) => [one.n, one]));
    const placed = placeErrata(card.errata, card.citations);
    const touching = card.citations.flatMap((one) => placed(one).quoted);
    const plain = h(
      "ul",
      { class: "zt-rv-points" },
      ...card.points.map(({ text }) => h("li", { lang: langOf(text) }, ...sentenceNodes(text))),
    );
    const score = mark ? t("score_label", { score: mark.score }) : "";
    return [
      mark
        ? h("div", { class: "zt-rv-marked" }, ring(mark.score, score), h("p", { class: "zt-iv-said-text" }, mark.answer))
        : "",
      h("h2", {}, t("rv_points")),
      mark ? pointList(mark.points, new Map(mark.citations.map((one) => [one.n, one]))) : plain,
      h("h2", {}, t("behind_point")),
      h("ul", { class: "zt-model-answer" }, ...[...cited.values()].map((one) => h("li", {}, bulletNode(one)))),
      ...touching.map(erratumNode),
      this.failure ? failureCard(this.failure, () => this.rate(this.wish)) : "",
      this.ratings(),
    ];
  }

  ratings() {
    const { back } = this.card;
    const buttons = RATINGS.map((rating, i) =>
      h(
        "button",
        {
          type: "button",
          class: `zt-rating zt-rating-${rating}`,
          "aria-keyshortcuts": String(rating),
          "aria-pressed": this.proposed === rating ? "true" : null,
          onclick: () => this.rate(rating),
        },
        h("kbd", {}, String(rating)),
        h("b", {}, t(`rating_${rating}`)),
        h("small", {}, inDays(back[i])),
      ),
    );
    const proposed = this.proposed ? t("rv_proposed", { rating: t(`rating_${this.proposed}`) }) : "";
    return h(
      "div",
      { class: "zt-rv-rate", role: "group", "aria-label": t("rv_rate") },
      h("p", { class: "zt-detail" }, [t("rv_rate"), this.again ? "" : proposed].filter(Boolean).join(" ")),
      h("div", { class: "zt-ratings" }, ...buttons),
      h("p", { class: "zt-detail zt-iv-keys" }, t("rv_keys")),
    );
  }

  async rate(rating) {
    if (this.busy) return;
    this.busy = true;
    this.wish = rating;
    const { attempt, seconds, card, mark } = this;
    const answer = await this.actions.rate({ question: card.id, attempt, rating, seconds }, { card, mark });
    this.busy = false;
    if (!answer?.failure || this.card !== card) return;
    this.failure = answer.failure;
    this.draw();
    this.element.querySelector(".zt-card-error")?.scrollIntoView({ block: "nearest" });
  }

  /** Keys of the whole card; whether the key was one of them. */
  key(event) {
    const typing = event.target === this.area;
    if (typing) {
      const enter = event.key === "Enter" && !event.shiftKey && event.keyCode !== 229;
      if (enter) this.send();
      return enter;
    }
    const onButton = event.target.closest?.("button, a, summary, select, input, textarea");
    const forward = event.key === "Enter" || event.key === " ";
    if (forward && !onButton) {
      if (!this.open) this.turn();
      else if (this.proposed) this.rate(this.proposed);
      else return false;
      return true;
    }
    if (this.open && RATINGS.map(String).includes(event.key)) {
      this.rate(Number(event.key));
      return true;
    }
    if (event.key.toLowerCase() === "u" && this.place.undo) {
      this.actions.undo();
      return true;
    }
    return false;
  }
}
