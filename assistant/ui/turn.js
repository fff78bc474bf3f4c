// One question and its answer. The answer grows in place: what is on the page is never drawn again
// while it stays the same, so focus, selection and tooltips survive the stream.

import { h, icon, langOf, t, toast } from "./core.js";
import { failureCard, card } from "./cards.js";
import { bullet, sentenceNodes } from "./rich.js";
import { copy, copyText, withoutMarkers } from "./store.js";

export class TurnElement {
  /** @param actions {show(turn, n, sentence), again(turn), ask(question), running()} */
  constructor(turn, actions) {
    this.turn = turn;
    this.actions = actions;
    this.drawn = []; // keys of the sentences on the page
    this.block = null;
    this.head = h("div", { class: "zt-turn-head" });
    this.chips = h("div", { class: "zt-chips" });
    this.warning = h("div", { class: "zt-notes" });
    this.answer = h("div", { class: "zt-answer" });
    this.pending = h("span", { class: "zt-pending" });
    this.notes = h("div", { class: "zt-notes" });
    this.foot = h("div", { class: "zt-turn-foot" });
    this.element = h(
      "article",
      { class: "zt-turn" },
      this.head,
      this.chips,
      this.warning,
      this.answer,
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
    this.drawAnswer();
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
          h("span", {}, `${t("understood")} `),
          h("span", { lang: langOf(view.understood) }, view.understood),
        ),
      );
    }
    if (scope)
      nodes.push(
        h(
          "p",
          { class: "zt-understood" },
          `${t("scope_label")}: `,
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
    const { model_error: reason, sentences } = this.turn.view;
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

  drawAnswer() {
    const { view } = this.turn;
    const keys = view.sentences.map((s) => JSON.stringify([s.text, s.status, s.citations, s.lead]));
    this.pending.remove();
    if (!this.drawn.every((key, i) => key === keys[i])) {
      this.answer.replaceChildren();
      this.drawn = [];
      this.block = null;
    }
    this.answer.lang = view.language === "en" ? "en" : "zh-CN";
    for (let i = this.drawn.length; i < keys.length; i += 1) this.addSentence(view.sentences[i], i);
    this.drawn = keys;
    if (view.pending.trim()) {
      this.pending.textContent = withoutMarkers(view.pending, view.citations).trimStart();
      if (!this.block || /^\s*\n/.test(view.pending)) this.newBlock("p");
      this.block.append(this.pending);
    }
    this.drawWaiting();
  }

  /** What the reader sees while there is nothing to read yet. */
  drawWaiting() {
    const { view } = this.turn;
    const quiet = this.running() && !view.pending.trim() && !view.refused;
    const text = view.phase === "searching" ? t("searching") : t("thinking");
    this.waiting?.remove();
    if (!quiet) return;
    this.waiting = h(
      "p",
      { class: "zt-waiting" },
      h("span", { class: "zt-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      text,
    );
    this.answer.append(this.waiting);
  }

  newBlock(tag) {
    if (tag === "li") {
      const last = this.answer.lastElementChild;
      const list = last?.tagName === "UL" ? last : this.answer.appendChild(h("ul"));
      this.block = list.appendChild(h("li"));
    } else {
      this.block = this.answer.appendChild(h(tag === "quote" ? "blockquote" : "p"));
    }
  }

  /** Quotations of one passage stand together, under its number and title. */
  newQuote({ citations: [n] }) {
    if (this.quoteOf !== n || this.block?.parentElement?.tagName !== "BLOCKQUOTE") {
      const passage = this.turn.view.citations.find((citation) => citation.n === n);
      this.newBlock("quote");
      const title = passage?.path.at(-1) ?? "";
      this.block.append(
        h(
          "div",
          { class: "zt-quote-head" },
          passage ? this.cite(passage, null) : null,
          h("span", { lang: langOf(title) }, title),
        ),
      );
      this.quoteOf = n;
      this.quote = this.block;
    }
    this.block = this.quote.appendChild(h("p"));
  }

  cite(passage, index) {
    const { turn, actions } = this;
    const n = passage.n;
    return h(
      "button",
      {
        type: "button",
        class: "zt-cite",
        "aria-label": t("cite_label", { n: String(n), title: passage.path.at(-1) }),
        title: passage.path.join(" › "),
        onclick: (event) => actions.show(turn, n, index, event.currentTarget),
      },
      `[${n}]`,
    );
  }

  addSentence(sentence, index) {
    const { turn } = this;
    const text = withoutMarkers(sentence.text, turn.view.citations);
    const marker = bullet(text);
    if (marker) this.newBlock("li");
    else if (sentence.status === "quoted") this.newQuote(sentence);
    else if (!this.block || sentence.lead === "\n") this.newBlock("p");
    else if (sentence.lead) this.block.append(sentence.lead);
    const unsupported = sentence.status === "unsupported";
    const element = h(
      "span",
      {
        class: `zt-sentence zt-${sentence.status}`,
        title: unsupported ? t("unsupported_title") : null,
      },
      h("span", { class: "zt-said" }, ...sentenceNodes(text.slice(marker.length))),
    );
    if (unsupported) {
      element.append(
        h("span", { class: "zt-flag", "aria-hidden": "true" }, "?"),
        h("span", { class: "zt-sr" }, ` (${t("unsupported_short")})`),
      );
    }
    for (const n of sentence.status === "quoted" ? [] : sentence.citations) {
      const passage = turn.view.citations.find((citation) => citation.n === n);
      if (passage) element.append(this.cite(passage, index));
    }
    this.block.append(element);
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
    const near = view.near.map(({ path }) =>
      h(
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
      ),
    );
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
    if (!view.failure) nodes.push(tool("again", t("again"), () => actions.again(turn)));
    const model = view.model && view.model !== "none" ? view.model : t("by_quotation");
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
