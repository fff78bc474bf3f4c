// The question that is open: why it is asked, where it belongs, hints, and what is typed.

import { h, icon, langOf, t } from "./core.js";
import { button, failureCard } from "./cards.js";
import { clock, enterSends, grows, newId, pathNode, whyText } from "./interview_words.js";
import { sentenceNodes } from "./rich.js";

const SAVE_EVERY = 400; // ms, while something is typed

export class QuestionView {
  /** @param actions {answer(given), hint(), pause(), resume(), end(), keep(draft)} */
  constructor(actions) {
    this.actions = actions;
    this.question = null;
    this.draft = null;
    this.since = 0; // when the clock of this question began to run again
    this.busy = false;
    this.element = h("section", { class: "zt-iv-question" });
    this.timer = h("span", { class: "zt-iv-clock" });
    setInterval(() => this.tick(), 1000);
  }

  /** Show a question; `draft` is what was typed for it before a reload. */
  show(question, draft = null) {
    const same = draft?.question === question.id;
    this.question = question;
    this.received = performance.now();
    this.since = performance.now();
    this.draft = same
      ? draft
      : { question: question.id, attempt: newId(), text: "", seconds: 0, wish: null };
    this.failure = null;
    this.ending = false;
    this.busy = false;
    this.actions.keep(this.draft);
    this.draw();
    this.focus();
  }

  /** The same question with another hint, or paused, or running again. */
  update(question) {
    this.stop();
    this.question = question;
    this.received = performance.now();
    this.since = performance.now();
    this.draw();
  }

  /** Seconds spent on this question; pauses don't count. */
  get seconds() {
    const running = this.question?.paused ? 0 : (performance.now() - this.since) / 1000;
    return this.draft.seconds + running;
  }

  stop() {
    if (!this.draft) return;
    this.draft.seconds = this.seconds;
    this.since = performance.now();
    this.actions.keep(this.draft);
  }

  focus() {
    if (this.question?.paused) this.element.querySelector(".zt-primary")?.focus();
    else this.area?.focus();
  }

  tick() {
    const { question } = this;
    if (!question || question.paused) return;
    if (question.seconds_left === null) {
      this.timer.textContent = clock(this.seconds);
      return;
    }
    const left = question.seconds_left - (performance.now() - this.received) / 1000;
    this.timer.textContent = left > 0 ? t("iv_left", { time: clock(left) }) : t("iv_time_up");
    this.timer.classList.toggle("zt-iv-late", left <= 30);
  }

  draw() {
    const { question } = this;
    const { paused } = question;
    this.element.replaceChildren(
      this.bar(),
      paused ? this.pausedNode() : this.body(),
    );
    this.tick();
    this.fit?.();
  }

  bar() {
    const { number, of, paused, seconds_left: limited } = this.question;
    const many = limited !== null;
    const text = many ? t("iv_number", { n: String(number) }) : t("iv_number_of", { n: String(number), of });
    const progress = h("progress", { "aria-label": text, max: many ? null : of, value: number - 1 });
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
      h("span", { class: "zt-iv-number" }, text),
      many ? "" : progress,
      this.timer,
      h(
        "span",
        { class: "zt-iv-tools" },
        paused ? "" : tool("pause", t("iv_pause"), () => this.pause()),
        this.ending
          ? tool("check", t("iv_end_sure"), () => this.actions.end())
          : tool("stop", t("iv_end"), () => this.wantEnd()),
      ),
    );
  }

  wantEnd() {
    this.ending = true;
    this.stop();
    this.draw();
    this.element.querySelector(".zt-iv-tools button:last-child").focus();
  }

  pause() {
    this.stop();
    this.actions.pause();
  }

  pausedNode() {
    return h(
      "div",
      { class: "zt-iv-paused" },
      h("h1", {}, t("iv_paused")),
      h("p", { class: "zt-detail" }, t("iv_paused_text")),
      button(t("iv_resume"), () => this.actions.resume(), "zt-primary"),
    );
  }

  body() {
    const { question } = this;
    return h(
      "div",
      {},
      h(
        "p",
        { class: "zt-iv-why" },
        h("span", { class: `zt-why zt-why-${question.why}` }, whyText(question)),
        h("span", { class: "zt-kind" }, t(`kind_${question.kind}`)),
        h(
          "span",
          { class: "zt-kind", title: t("iv_difficulty") },
          h("span", { class: "zt-sr" }, t("iv_difficulty") + t("colon")),
          t(`difficulty_${question.difficulty}`),
        ),
      ),
      pathNode(question.above),
      h(
        "h1",
        { id: "zt-iv-text", lang: langOf(question.text), tabindex: "-1" },
        ...sentenceNodes(question.text),
      ),
      this.hints(),
      this.form(),
      this.failure ? failureCard(this.failure, () => this.send(this.draft.wish ?? "answered")) : "",
    );
  }

  hints() {
    const { hints } = this.question;
    if (!hints.length) return "";
    return h(
      "ul",
      { class: "zt-iv-hints", "aria-label": t("iv_hints") },
      ...hints.map((text) =>
        h("li", { lang: langOf(text) }, icon("bulb"), h("span", {}, ...sentenceNodes(text))),
      ),
    );
  }

  form() {
    const { question } = this;
    this.area = h("textarea", {
      id: "zt-iv-answer",
      rows: "4",
      "aria-label": t("iv_answer_label"),
      "aria-describedby": "zt-iv-text",
      placeholder: t("iv_answer_placeholder"),
    });
    this.area.value = this.draft.text;
    this.area.readOnly = this.busy;
    this.fit = grows(this.area);
    this.area.addEventListener("input", () => this.typed());
    enterSends(this.area, () => this.send("answered"));
    const small = (text, run, more = {}) =>
      h(
        "button",
        { type: "button", class: "zt-button", "aria-disabled": String(this.busy), onclick: run, ...more },
        text,
      );
    const costs = t("iv_hint_cost", { cost: question.hint_cost });
    const hint = question.strict
      ? ""
      : small(question.hints_left ? `${t("iv_hint")}${t("aside", { text: costs })}` : t("iv_no_hint"), () => this.hint(), {
          "aria-disabled": String(this.busy || !question.hints_left),
        });
    const form = h(
      "form",
      { class: "zt-iv-answer" },
      this.area,
      h(
        "div",
        { class: "zt-iv-buttons" },
        h(
          "button",
          { type: "submit", class: "zt-button zt-primary", "aria-disabled": String(this.busy) },
          this.busy ? t("iv_marking") : t("iv_send"),
        ),
        hint,
        small(t("iv_unknown"), () => this.send("unknown")),
        small(t("iv_skip"), () => this.send("skipped")),
      ),
      h("p", { class: "zt-detail zt-iv-keys" }, t("iv_keys")),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send("answered");
    });
    return form;
  }

  typed() {
    this.draft.text = this.area.value;
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.stop(), SAVE_EVERY);
  }

  async hint() {
    if (this.busy || !this.question.hints_left) return;
    this.stop();
    await this.actions.hint();
  }

  /** Send what was typed; the same answer is sent again under the same id. */
  async send(outcome) {
    if (this.busy) return;
    this.draft.text = this.area.value;
    if (outcome === "answered" && !this.draft.text.trim()) {
      this.area.focus();
      return;
    }
    clearTimeout(this.saving);
    this.draft.wish = outcome;
    this.stop();
    this.busy = true;
    this.failure = null;
    this.draw();
    this.area.focus();
    const { question, attempt, text, seconds } = this.draft;
    await this.actions.answer({
      question,
      attempt,
      text,
      outcome,
      seconds: Math.round(seconds * 10) / 10,
    });
  }

  /** The answer could not be sent or marked: it stays where it was typed. */
  fail(failure) {
    this.busy = false;
    this.failure = failure;
    this.draw();
    this.focus();
  }
}
