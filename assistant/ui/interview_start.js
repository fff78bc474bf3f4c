// Before an interview: one button, and choices for who wants them.

import { h, icon, t } from "./core.js";
import { button, failureOf } from "./cards.js";
import { day } from "./interview_words.js";
import { Scope } from "./scope.js";
import { choice, moment } from "./evals_words.js";

const AIMS = ["scope", "weak", "due", "surprise"];
const LENGTHS = ["q3", "q5", "q10", "q20", "m5", "m10", "m20"]; // questions, or minutes
const MANY = 50; // questions, where minutes are the limit

export class StartForm {
  /** @param actions {start(plan), resume(session), report(session)} */
  constructor(actions) {
    this.actions = actions;
    this.state = null;
    this.failure = null;
    this.open = false; // the choices
    this.chosen = { aim: "scope", length: "q10", difficulty: "0", style: "friendly" };
    this.scope = new Scope(() => {}, "zt-iv-scope");
    this.element = h("div", { class: "zt-iv-start" });
  }

  setState(state) {
    this.state = state;
    if (state?.nodes) this.scope.setNodes(state.nodes);
    this.draw();
  }

  plan() {
    const { aim, length, difficulty, style } = this.chosen;
    const n = Number(length.slice(1));
    const timed = length[0] === "m";
    return {
      aim,
      scope: this.scope.value ? [this.scope.value.id] : [],
      questions: timed ? MANY : n,
      minutes: timed ? n : 0,
      difficulty: Number(difficulty),
      style,
    };
  }

  focus() {
    this.element.querySelector(".zt-primary")?.focus();
  }

  /** What could not be begun, and why. */
  fail(failure) {
    this.failure = failure;
    this.draw();
    this.element.querySelector(".zt-card-error")?.scrollIntoView({ block: "nearest" });
  }

  /** Draw anew; the focus stays on what it was on. */
  draw() {
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.drawAll();
    if (!focused || this.element.contains(document.activeElement)) return;
    if (this.element.contains(focused)) focused.focus();
    else this.fields().find((one) => nameOf(one) === nameOf(focused))?.focus();
  }

  fields() {
    return [...this.element.querySelectorAll("button, summary, select, input")];
  }

  drawAll() {
    const { state } = this;
    const left = state?.unfinished;
    this.scope.label();
    this.element.replaceChildren(
      h(
        "div",
        { class: "zt-iv-hero" },
        h("h1", {}, t("iv_title")),
        h("p", { class: "zt-detail" }, t("iv_text")),
      ),
      left ? this.leftCard(left) : "",
      h(
        "form",
        { class: "zt-iv-form", onsubmit: (event) => this.submit(event) },
        h(
          "div",
          { class: "zt-iv-go" },
          h(
            "button",
            { type: "submit", class: `zt-button ${left ? "" : "zt-primary"} zt-iv-begin` },
            icon("play"),
            h("span", {}, this.startText()),
          ),
          h("p", { class: "zt-detail zt-iv-plan" }, this.planText()),
        ),
        this.failure ? failureOf(this.failure, this.failureTitle()) : "",
        this.choices(),
      ),
      this.recent(),
    );
  }

  startText() {
    const { length } = this.chosen;
    return t(length[0] === "m" ? "iv_start_minutes" : "iv_start", { n: length.slice(1) });
  }

  /** What the choices come to, in words. */
  planText() {
    const { aim, difficulty, style } = this.chosen;
    const where = this.scope.value?.title ?? t("iv_whole_map");
    return [
      aim === "scope" ? where : `${where} · ${t(`aim_${aim}`)}`,
      t(`difficulty_${difficulty}`),
      t(`style_${style}`),
    ].join(" · ");
  }

  failureTitle() {
    return this.failure.kind === "UsageError" ? t(`iv_none_${this.chosen.aim}`) : t("iv_failed");
  }

  leftCard(left) {
    return h(
      "section",
      { class: "zt-iv-left" },
      h(
        "div",
        {},
        h("p", { class: "zt-card-title" }, t("iv_left_title")),
        h(
          "p",
          { class: "zt-detail" },
          t(left.minutes ? "iv_left_text_minutes" : "iv_left_text", {
            at: moment(left.started),
            n: left.answered,
            of: left.of,
          }),
        ),
      ),
      button(t("iv_continue"), () => this.actions.resume(left.session), "zt-primary"),
    );
  }

  choices() {
    const { chosen, state } = this;
    const set = (name) => (value) => {
      chosen[name] = value;
      this.failure = null;
      this.draw();
    };
    const aims = AIMS.map((aim) => {
      const n = { due: state?.due, weak: state?.weak }[aim];
      return [aim, n === undefined ? t(`aim_${aim}`) : t("aim_count", { aim: t(`aim_${aim}`), n })];
    });
    const lengths = LENGTHS.map((one) => [
      one,
      t(one[0] === "m" ? "iv_minutes" : "iv_questions", { n: one.slice(1) }),
    ]);
    const levels = ["0", "1", "2", "3"].map((level) => [level, t(`difficulty_${level}`)]);
    const styles = ["friendly", "strict"].map((style) => [style, t(`style_${style}_long`)]);
    const folded = h(
      "details",
      { class: "zt-iv-choices", open: this.open },
      h("summary", {}, icon("right"), t("iv_choices")),
      h(
        "div",
        { class: "zt-iv-fields" },
        h(
          "div",
          { class: "zt-choice zt-iv-part" },
          h("span", {}, t("iv_part")),
          this.scope.element,
        ),
        choice(t("iv_aim"), aims, chosen.aim, set("aim")),
        choice(t("iv_length"), lengths, chosen.length, set("length")),
        choice(t("iv_difficulty"), levels, chosen.difficulty, set("difficulty")),
        choice(t("iv_style"), styles, chosen.style, set("style")),
      ),
    );
    folded.addEventListener("toggle", () => (this.open = folded.open));
    this.scope.changed = (value, focus) => {
      this.failure = null;
      this.draw();
      if (focus) this.scope.button.focus();
    };
    return folded;
  }

  recent() {
    const found = this.state?.recent ?? [];
    if (!found.length) return "";
    return h(
      "section",
      { class: "zt-iv-recent" },
      h("h2", {}, t("iv_recent")),
      h(
        "ul",
        {},
        ...found.map((one) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", onclick: () => this.actions.report(one.session) },
              h("b", {}, String(one.score)),
              h("span", {}, t("iv_recent_line", { n: one.questions })),
              h("small", {}, day(one.started)),
              icon("right"),
            ),
          ),
        ),
      ),
    );
  }

  submit(event) {
    event.preventDefault();
    this.failure = null;
    this.actions.start(this.plan());
  }
}

/** What a field is called by, before and after it is drawn anew. */
const nameOf = (field) =>
  [field.tagName, field.className, field.closest("label")?.firstChild.textContent].join();

/** Three questions on some entries, and nothing to choose. */
export const quizPlan = (scope) => ({
  aim: "scope",
  scope,
  questions: 3,
  minutes: 0,
  difficulty: 0,
  style: "friendly",
  beside: true,
});
