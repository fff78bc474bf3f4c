// One question with its answer, the notes under it, and what can be done with it.

import { h, icon, langOf, readLink, t, toast } from "./core.js";
import { AnswerElement } from "./answer.js";
import { quiz } from "./arrive.js";
import { card, failureCard } from "./cards.js";
import { said } from "./failure.js";
import { copy, copyText } from "./store.js";

export class TurnElement {
  /** @param actions {show(turn, n, sentence), again(turn), wanted(turn), ask(question), running()} */
  constructor(turn, actions) {
    this.turn = turn;
    this.actions = actions;
    this.head = h("div", { class: "zt-turn-head" });
    this.chips = h("div", { class: "zt-chips" });
    this.warning = h("div", { class: "zt-notes" });
    this.answer = new AnswerElement((...place) => actions.show(turn, ...place));
    this.notes = h("div", { class: "zt-notes" });
    this.foot = h("div", { class: "zt-turn-foot" });
    this.element = h(
      "article",
      { class: "zt-turn" },
      this.head,
      this.chips,
      this.warning,
      this.answer.element,
      this.notes,
      this.foot,
    );
    this.update();
  }

  update() {
    const { turn } = this;
    const { view } = turn;
    this.element.setAttribute("aria-busy", String(this.running()));
    this.element.classList.toggle("zt-running", this.running());
    redraw(this.head, [view.understood, turn.scope?.id], () => this.headNodes());
    redraw(
      this.chips,
      view.citations.map((c) => [c.n, c.entry]),
      () => this.chipNodes(),
    );
    redraw(this.warning, [view.model_error, view.replaced], () => this.warningNodes());
    this.answer.draw(view, this.running());
    const { phase, removed, refused, failure, sentences } = view;
    const flags = sentences.map((sentence) => sentence.status).join();
    redraw(this.notes, [phase, removed, refused, failure, flags, turn.stopped], () =>
      this.noteNodes(),
    );
    redraw(this.foot, [phase, turn.stopped, view.citations.length, sentences.length > 0], () =>
      this.footNodes(),
    );
  }

  running() {
    return !this.turn.stopped && !["done", "failed"].includes(this.turn.view.phase);
  }

  headNodes() {
    const { question, scope, view } = this.turn;
    const nodes = [h("h2", { class: "zt-question", lang: langOf(question) }, question)];
    if (view.understood && view.understood.trim() !== question.trim()) {
      nodes.push(
        h(
          "p",
          { class: "zt-understood" },
          h("span", {}, t("understood") + t("colon")),
          h("span", { lang: langOf(view.understood) }, view.understood),
        ),
      );
    }
    if (scope)
      nodes.push(
        h(
          "p",
          { class: "zt-understood" },
          t("scope_label") + t("colon"),
          h("span", { lang: langOf(scope.title) }, scope.title),
        ),
      );
    return nodes;
  }

  chipNodes() {
    const { turn, actions } = this;
    return turn.view.citations.map(({ n, path }) =>
      h(
        "button",
        {
          type: "button",
          class: "zt-source-chip",
          onclick: (event) => actions.show(turn, n, null, event.currentTarget),
        },
        h("b", {}, String(n)),
        h("span", { lang: langOf(path.at(-1)) }, path.at(-1)),
      ),
    );
  }

  /** Stands in front of the answer: what follows is less than was asked for. */
  warningNodes() {
    const { sentences } = this.turn.view;
    const reason = said(this.turn.view, "model_error");
    if (this.turn.view.replaced) {
      return [h("p", { class: "zt-note" }, icon("info"), t("replaced"))];
    }
    if (!reason) return [];
    const quoted = sentences.every((sentence) => sentence.status === "quoted");
    return [
      card(
        "warn",
        t(quoted ? "model_gave_nothing" : "model_broke"),
        h("p", { class: "zt-detail" }, reason),
      ),
    ];
  }

  noteNodes() {
    const { turn, actions } = this;
    const { view } = turn;
    const nodes = [];
    if (view.refused) nodes.push(this.refusal());
    if (view.failure) nodes.push(failureCard(view.failure, () => actions.again(turn)));
    if (view.removed)
      nodes.push(
        h("p", { class: "zt-note zt-removed" }, icon("warn"), t("removed", { n: view.removed })),
      );
    if (view.sentences.some((sentence) => sentence.status === "unsupported")) {
      nodes.push(
        h(
          "p",
          { class: "zt-note" },
          h("span", { class: "zt-flag", "aria-hidden": "true" }, "?"),
          t("unsupported_legend"),
        ),
      );
    }
    if (turn.stopped) nodes.push(h("p", { class: "zt-note" }, icon("stop"), t("stopped")));
    return nodes;
  }

  refusal() {
    const { view } = this.turn;
    const near = view.near.map(({ entry, path }) => {
      const ask = h(
        "button",
        {
          type: "button",
          class: "zt-near",
          onclick: () => this.actions.ask(t("near_question", { title: path.at(-1) })),
        },
        h("span", { lang: langOf(path.at(-1)) }, path.at(-1)),
        path.length > 1
          ? h("small", { lang: langOf(path[0]) }, path.slice(0, -1).join(" › "))
          : null,
      );
      return h("span", { class: "zt-near-pair" }, ask, readLink(entry, path.at(-1)));
    });
    return h(
      "section",
      { class: "zt-refusal" },
      h("p", { class: "zt-card-title" }, t("refused_title")),
      view.reason ? h("p", { class: "zt-detail", lang: langOf(view.reason) }, view.reason) : null,
      near.length ? h("p", { class: "zt-near-label" }, t("near_label")) : null,
      near.length ? h("div", { class: "zt-near-list" }, ...near) : null,
    );
  }

  footNodes() {
    if (this.running()) return [];
    const { turn, actions } = this;
    const { view } = turn;
    const nodes = [];
    const tool = (name, text, run) =>
      h(
        "button",
        { type: "button", class: "zt-foot-tool", onclick: run },
        icon(name),
        h("span", {}, text),
      );
    if (view.sentences.length) {
      nodes.push(
        tool("copy", t("copy"), () =>
          copy(copyText(view)).then(
            () => toast(t("copied")),
            () => toast(t("copy_failed")),
          ),
        ),
      );
    }
    if (view.citations.length) {
      nodes.push(
        tool("book", t("show_passages", { n: view.citations.length }), (event) =>
          actions.show(turn, null, null, event.currentTarget),
        ),
      );
    }
    const about = view.refused ? [] : view.citations.filter((one) => one.kind === "note");
    if (view.phase === "done" && about.length) {
      const entry = { id: about[0].entry, title: about[0].path.at(-1) };
      const others = about.map((one) => one.entry);
      nodes.push(tool("quiz", t("quiz_me"), () => quiz(entry, others)));
    }
    if (view.phase === "done" && !view.failure)
      nodes.push(tool("plus", t("wanted"), () => actions.wanted(turn)));
    if (!view.failure) nodes.push(tool("again", t("again"), () => actions.again(turn)));
    const quoted = view.sentences.every((sentence) => sentence.status === "quoted");
    const model = quoted ? t("by_quotation") : view.model;
    const seconds = turn.seconds ? ` · ${turn.seconds.toFixed(1)} s` : "";
    if (view.phase === "done" && !view.refused)
      nodes.push(h("span", { class: "zt-by" }, model + seconds));
    return nodes;
  }
}

/** Draw `element` anew only when `key` has changed since the last time. */
function redraw(element, key, nodes) {
  const text = JSON.stringify(key);
  if (element.ztKey === text) return;
  element.ztKey = text;
  element.replaceChildren(...nodes());
}
