// The marking of an answer: score, points, model answer, errata, and one follow-up.

import { announce, h, icon, langOf, t } from "./core.js";
import { button, failureCard } from "./cards.js";
import { placeErrata } from "./errata.js";
import {
  bulletNode,
  day,
  daysUntil,
  enterSends,
  erratumNode,
  grows,
  inDays,
  newId,
} from "./interview_words.js";
import { citeButton, pointList } from "./points.js";
import { sentenceNodes } from "./rich.js";
import { ring } from "./svg.js";

export class MarkView {
  /** @param actions {overrule(given), followUp(given), next(), end(), cite(n, button), keep(follow)} */
  constructor(actions) {
    this.actions = actions;
    this.mark = null;
    this.follow = null; // {attempt, text, passed}: the answer to the follow-up
    this.last = false;
    this.element = h("section", { class: "zt-iv-mark" });
    this.element.addEventListener("keydown", (event) => {
      // Enter on the marking itself goes on, so that the keyboard needs no way to the button
      if (event.key !== "Enter" || event.target !== this.heading) return;
      event.preventDefault();
      this.actions.next();
    });
  }

  /** @param follow what was typed before a reload */
  show(mark, follow = null) {
    const same = follow?.parent === mark.attempt;
    this.mark = mark;
    this.failure = null;
    this.busy = false;
    this.since = performance.now();
    this.follow = same ? follow : { parent: mark.attempt, attempt: newId(), text: "", passed: false };
    this.actions.keep(this.follow);
    this.draw();
    this.heading.focus({ preventScroll: true });
    announce(spoken(mark));
  }

  /** The same marking, after a dispute or with its follow-up marked. */
  update(mark) {
    this.mark = mark;
    this.busy = false;
    this.failure = null;
    this.draw();
  }

  setLast(last) {
    this.last = last;
    const words = this.element.querySelector(".zt-iv-next span");
    if (words) words.textContent = this.nextText();
  }

  nextText() {
    return t(this.last ? "iv_to_report" : "iv_next");
  }

  draw() {
    const { mark } = this;
    const cited = new Map(mark.citations.map((one) => [one.n, one]));
    const cite = (n, origin) => this.actions.cite(n, origin);
    this.heading = h("h1", { tabindex: "-1", class: "zt-iv-heading" }, headline(mark));
    this.element.replaceChildren(
      this.head(),
      this.answerNode(),
      h("h2", {}, t("points_title")),
      pointList(mark.points, cited, {
        cite,
        overrule: (place, verdict) => this.overrule(mark.attempt, place, verdict),
      }),
      mark.model_error ? h("p", { class: "zt-note" }, icon("info"), t("iv_model_error")) : "",
      ...this.model(cite),
      ...this.errata(),
      this.followNode(cite),
      this.foot(),
    );
    this.fit?.();
  }

  head() {
    const { mark } = this;
    const label = t("score_label", { score: mark.score });
    return h(
      "header",
      { class: "zt-iv-mark-head" },
      ring(mark.score, label),
      h(
        "div",
        {},
        this.heading,
        h("p", { class: "zt-iv-asked", lang: langOf(mark.asked) }, ...sentenceNodes(mark.asked)),
        h("p", { class: "zt-detail" }, facts(mark)),
      ),
    );
  }

  answerNode() {
    const { answer, outcome } = this.mark;
    if (!answer || outcome !== "answered") return "";
    return h(
      "details",
      { class: "zt-iv-said" },
      h("summary", {}, icon("right"), t("your_answer")),
      h("p", { class: "zt-iv-said-text", lang: langOf(answer) }, answer),
    );
  }

  model(cite) {
    const { citations } = this.mark;
    if (!citations.length) return [];
    return [
      h("h2", {}, t("model_answer")),
      h(
        "ul",
        { class: "zt-model-answer" },
        ...citations.map((one) => h("li", {}, citeButton(one, cite), bulletNode(one))),
      ),
    ];
  }

  /** Those that concern the words cited stand open, the rest of the entries' are folded. */
  errata() {
    const { errata, citations } = this.mark;
    const placed = placeErrata(errata, citations);
    const touching = citations.flatMap((one) => placed(one).quoted);
    const rest = errata.filter((one) => !touching.includes(one));
    if (!errata.length) return [];
    return [
      h("h2", {}, t("errata_title")),
      ...touching.map(erratumNode),
      rest.length
        ? h(
            "details",
            { class: "zt-errata" },
            h("summary", {}, icon("right"), t("errata_other", { n: rest.length })),
            ...rest.map(erratumNode),
          )
        : "",
    ];
  }

  followNode(cite) {
    const { mark, follow } = this;
    if (mark.followed) {
      const { followed } = mark;
      const cited = new Map(followed.citations.map((one) => [one.n, one]));
      return h(
        "section",
        { class: "zt-iv-follow" },
        h("h2", { tabindex: "-1" }, t("follow_up_title")),
        h("p", { class: "zt-iv-asked", lang: langOf(followed.asked) }, ...sentenceNodes(followed.asked)),
        h("p", { class: "zt-iv-said-text", lang: langOf(followed.answer) }, followed.answer),
        pointList(followed.points, cited, {
          cite: null,
          overrule: (place, verdict) => this.overrule(followed.attempt, place, verdict),
        }),
      );
    }
    if (!mark.follow_up || follow.passed) return "";
    const area = h("textarea", {
      rows: "2",
      "aria-label": t("follow_up_label"),
      "aria-describedby": "zt-iv-follow",
      placeholder: t("follow_up_placeholder"),
    });
    area.value = follow.text;
    area.readOnly = this.busy;
    area.addEventListener("input", () => {
      follow.text = area.value;
      this.actions.keep(follow);
    });
    const send = () => this.sendFollow(area);
    enterSends(area, send);
    this.fit = grows(area);
    this.followArea = area;
    return h(
      "form",
      { class: "zt-iv-follow", onsubmit: (event) => (event.preventDefault(), send()) },
      h("h2", {}, t("follow_up_title")),
      h(
        "p",
        { id: "zt-iv-follow", class: "zt-iv-asked", lang: langOf(mark.follow_up) },
        ...sentenceNodes(mark.follow_up),
      ),
      area,
      h(
        "div",
        { class: "zt-iv-buttons" },
        h(
          "button",
          { type: "submit", class: "zt-button", "aria-disabled": String(this.busy) },
          this.busy ? t("iv_marking") : t("follow_up_send"),
        ),
        button(t("follow_up_pass"), () => this.pass()),
      ),
      this.failure ? failureCard(this.failure, send) : "",
    );
  }

  pass() {
    this.follow.passed = true;
    this.actions.keep(this.follow);
    this.draw();
    this.element.querySelector(".zt-iv-next").focus();
  }

  async sendFollow(area) {
    if (this.busy) return;
    if (!area.value.trim()) {
      area.focus();
      return;
    }
    this.busy = true;
    this.failure = null;
    this.draw();
    this.followArea.focus();
    await this.actions.followUp({
      parent: this.mark.attempt,
      attempt: this.follow.attempt,
      text: this.follow.text,
      seconds: Math.round((performance.now() - this.since) / 1000),
    });
  }

  /** The follow-up is marked. */
  followed(mark) {
    this.update(mark);
    const head = this.element.querySelector(".zt-iv-follow h2");
    head?.focus();
    const [point] = mark.followed.points;
    announce(`${t("follow_up_title")}${t("colon")}${t(`verdict_${point.verdict}`)}`);
  }

  failFollow(failure) {
    this.busy = false;
    this.failure = failure;
    this.draw();
    this.followArea?.focus();
  }

  async overrule(attempt, place, verdict) {
    const list = attempt === this.mark.attempt ? ".zt-points" : ".zt-iv-follow .zt-points";
    await this.actions.overrule({ attempt, point: place, verdict });
    const row = this.element.querySelector(`${list} > [data-place="${place}"]`);
    row?.querySelector(".zt-link")?.focus();
  }

  foot() {
    return h(
      "div",
      { class: "zt-iv-foot" },
      h(
        "button",
        { type: "button", class: "zt-button zt-primary zt-iv-next", onclick: () => this.actions.next() },
        h("span", {}, this.nextText()),
        icon("right"),
      ),
      this.last ? "" : button(t("iv_end"), () => this.actions.end()),
      h("span", { class: "zt-detail zt-iv-keys" }, t("iv_next_keys")),
    );
  }
}

function headline({ outcome, score }) {
  if (outcome === "unknown") return t("grade_unknown");
  const name = score >= 80 ? "good" : score >= 40 ? "fair" : "poor";
  return t(`grade_${name}`);
}

function facts({ hints, marked, score, due }) {
  const back = due ? t("iv_back", { when: inDays(daysUntil(due)), day: day(due) }) : "";
  const cost = hints && marked > score ? t("iv_hints_cost", { n: hints, lost: marked - score }) : "";
  return [cost, back].filter(Boolean).join(" · ");
}

/** The marking as a screen reader says it. */
function spoken(mark) {
  const points = mark.points.map(({ text, verdict }) => `${t(`verdict_${verdict}`)}${t("colon")}${text}`);
  return [headline(mark), t("score_label", { score: mark.score }), ...points].join(" ");
}
