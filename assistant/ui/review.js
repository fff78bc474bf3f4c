// The Review tab: what is due, a card at a time, the end of a review, and the figures.

import { announce, h, icon, language, page, t, toast } from "./core.js";
import { onArrival } from "./arrive.js";
import { button, failureCard, failureOf } from "./cards.js";
import { careful } from "./evals_words.js";
import { sentenceOf } from "./failure.js";
import { progressed, withAsker } from "./people.js";
import { CardView } from "./review_card.js";
import { DataView } from "./review_data.js";
import { FitView } from "./review_fit.js";
import { memory } from "./kept.js";
import { onWidth, statsNode } from "./review_stats.js";

const kept = memory("review");

const MINUTES = 5;

export function mount(element, { server }) {
  new Review(element.querySelector(".zt-review"), withAsker(careful(server)));
}

class Review {
  constructor(root, server) {
    this.root = root;
    this.server = server;
    this.phase = "";
    this.stats = null;
    this.failure = null;
    this.run = null; // {cards, at, done: [{card, rating, attempt, mark, seconds}]}
    this.ahead = null; // {id, promise}: the card after this one
    this.card = new CardView({
      rate: (given, shown) => this.rate(given, shown),
      mark: (given) => this.mark(given),
      undo: () => this.undo(),
      stop: () => this.end(),
      keep: (typed) => this.keep({ typed }),
    });
    this.data = new DataView(server);
    this.fit = new FitView(server);
    this.stage = h("div", { class: "zt-rv-stage" });
    root.replaceChildren(this.stage);
    page.addEventListener("language", () => this.redraw());
    page.addEventListener("profile", ({ detail }) => this.someoneElse(detail));
    page.addEventListener("progress", () => this.phase === "home" && this.load());
    page.addEventListener("deleted", () => (kept.save(null), this.home()));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.phase === "home") this.load(); // a day may have begun
    });
    document.addEventListener("keydown", (event) => this.key(event));
    onWidth(() => this.phase === "home" && this.drawHome());
    if (!onArrival("review", () => this.begin(MINUTES))) this.comeBack();
  }

  redraw() {
    if (this.phase === "home") this.drawHome();
    else if (this.phase === "card") this.card.draw();
    else if (this.phase === "done") this.drawDone();
    else if (this.phase === "failed") this.drawFailed();
  }

  someoneElse(before) {
    if (before === "") kept.adopt();
    else this.comeBack();
  }

  keep(more) {
    if (!this.run) return;
    const { cards, at, done } = this.run;
    const short = done.map(({ card, ...rest }) => ({ ...rest, id: card.id, mark: null }));
    this.typed = more?.typed ?? null;
    kept.save({ cards, at, done: short, typed: this.typed });
  }

  /** After a reload: the same card, with what was typed. */
  async comeBack() {
    const here = kept.load();
    if (!here?.cards || here.at >= here.cards.length) return this.home();
    this.run = {
      cards: here.cards,
      at: here.at,
      done: here.done.map(({ id, ...rest }) => ({ ...rest, card: { id } })),
    };
    return this.show(here.typed);
  }

  // What is due.

  async home(focus = false) {
    this.phase = "home";
    this.run = null;
    kept.save(null);
    this.drawHome();
    await this.load();
    if (focus) this.stage.querySelector(".zt-primary")?.focus();
  }

  async load() {
    const stats = await this.server.stats();
    if (this.phase !== "home") return;
    this.failure = stats.failure ?? null;
    if (!stats.failure) this.stats = stats;
    const inside = this.stage.contains(document.activeElement);
    const at = inside ? this.focusable().indexOf(document.activeElement) : -1;
    this.drawHome();
    if (at >= 0) this.focusable()[at]?.focus();
  }

  focusable() {
    return [...this.stage.querySelectorAll("button")];
  }

  drawHome() {
    const { stats } = this;
    const due = stats?.due ?? 0;
    const title = due ? t("rv_due", { n: due }) : t("rv_due_none");
    const text = due ? t("rv_due_text", { n: Math.max(1, stats.minutes) }) : t("rv_new_text");
    this.data.draw();
    if (stats) this.fit.draw(stats.fitted);
    this.stage.replaceChildren(
      h(
        "div",
        { class: "zt-rv-hero" },
        h("h1", {}, t("rv_title")),
        ...(stats ? [h("p", { class: "zt-rv-due" }, title), h("p", { class: "zt-detail" }, text)] : []),
        h(
          "div",
          { class: "zt-iv-buttons" },
          h(
            "button",
            { type: "button", class: "zt-button zt-primary zt-iv-begin", onclick: () => this.begin(MINUTES) },
            icon("play"),
            h("span", {}, t("rv_begin")),
          ),
          due ? button(t("rv_all", { n: due }), () => this.begin(0)) : "",
        ),
        this.failure ? failureOf(this.failure, t("rv_failed")) : "",
      ),
      ...(stats ? [statsNode(stats), this.fit.element, this.data.element] : []),
    );
  }

  // The cards.

  async begin(minutes) {
    const answer = await this.server.begin({ minutes });
    if (answer.failure || !answer.cards.length) {
      if (this.phase !== "home") await this.home();
      if (answer.failure) this.failure = answer.failure;
      else toast(t("rv_nothing"));
      this.drawHome();
      return;
    }
    this.run = { cards: answer.cards, at: 0, done: [] };
    this.ahead = null;
    this.keep();
    await this.show();
  }

  read(id) {
    return this.server.card({ question: id, language: language() });
  }

  fetch(id) {
    const key = `${language()} ${id}`;
    if (this.ahead?.key !== key) this.ahead = { key, promise: this.read(id) };
    return this.ahead.promise;
  }

  async show(typed = null) {
    const { cards, at, done } = this.run;
    const id = cards[at];
    const card = await this.fetch(id);
    this.ahead = null;
    if (this.run?.cards[this.run.at] !== id) return;
    if (card.failure) {
      this.phase = "failed";
      this.drawFailed = () =>
        this.stage.replaceChildren(failureCard(card.failure, () => this.show(typed)));
      this.drawFailed();
      return;
    }
    this.phase = "card";
    this.stage.replaceChildren(this.card.element);
    const place = { number: at + 1, of: cards.length, undo: done.length > 0 };
    this.card.show(card, place, { typed: typed?.question === id ? typed : null });
    this.root.scrollTop = 0;
    if (at + 1 < cards.length) this.fetch(cards[at + 1]);
  }

  async mark(given) {
    const answer = await this.server.mark({ ...given, language: language() });
    if (!answer.failure) progressed();
    return answer;
  }

  async rate(given, { card, mark }) {
    const { run } = this;
    const answer = await this.server.rate(given);
    if (answer.failure) return answer;
    progressed();
    if (this.run !== run) return answer; // stopped meanwhile: the rating is kept
    run.done = run.done.filter((one) => one.attempt !== given.attempt);
    run.done.push({ ...given, card, mark });
    run.at += 1;
    this.keep();
    if (run.at < run.cards.length) await this.show();
    else await this.end();
    return answer;
  }

  /** Back to the last card: another rating takes the place of the one given. */
  async undo() {
    const last = this.run?.done.at(-1);
    if (!last) return;
    const card = last.card.text ? last.card : await this.read(last.card.id);
    if (card.failure) {
      toast(sentenceOf(card.failure), null, 8);
      return;
    }
    const { run } = this;
    run.at = run.cards.indexOf(card.id);
    run.done.pop();
    this.ahead = null;
    this.keep();
    const place = { number: run.at + 1, of: run.cards.length, undo: run.done.length > 0 };
    this.phase = "card";
    this.stage.replaceChildren(this.card.element);
    this.card.show(card, place, { again: last });
  }

  // The end.

  async end() {
    if (!this.run?.done.length) return this.home(true);
    this.phase = "done";
    this.stats = null;
    this.drawDone();
    this.heading.focus();
    announce(`${t("rv_done_title")} ${this.doneText()}`);
    kept.save(null);
    const stats = await this.server.stats();
    if (this.phase !== "done" || stats.failure) return;
    this.stats = stats;
    this.drawDone();
    this.heading.focus();
  }

  doneText() {
    const { done } = this.run;
    const again = done.filter((one) => one.rating === 1).length;
    return t("rv_done_text", { n: done.length, again: String(again) });
  }

  drawDone() {
    const { stats } = this;
    const tomorrow = stats?.forecast[1];
    this.heading = h("h1", { tabindex: "-1", class: "zt-iv-heading" }, t("rv_done_title"));
    this.stage.replaceChildren(
      h(
        "div",
        { class: "zt-rv-hero" },
        this.heading,
        h("p", {}, this.doneText()),
        stats ? h("p", { class: "zt-detail" }, t("rv_done_next", { n: tomorrow })) : "",
        h(
          "div",
          { class: "zt-iv-buttons" },
          button(t("rv_more"), () => this.begin(MINUTES), "zt-primary"),
          button(t("rv_undo"), () => this.undo()),
          button(t("rv_home"), () => this.home(true)),
        ),
      ),
      ...(stats ? [statsNode(stats)] : []),
    );
  }

  key(event) {
    if (this.phase !== "card" || event.isComposing || !this.root.checkVisibility()) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const inside = this.root.contains(event.target) || event.target === document.body;
    if (inside && this.card.key(event)) event.preventDefault();
  }
}
