// The end of an interview: how it went, by section, against earlier ones, and what to read again.

import { announce, entryHref, h, icon, langOf, t, toast } from "./core.js";
import { button, failureOf } from "./cards.js";
import { clock, day, pathNode, verdictChip, VERDICTS } from "./interview_words.js";
import { pointList } from "./points.js";
import { sentenceNodes } from "./rich.js";
import { saveFile } from "./save_file.js";
import { bar, line, ring } from "./svg.js";

const REREAD = 8; // entries shown at once

export class ReportView {
  /** @param actions {again(), home(), file(format) → answer} */
  constructor(actions) {
    this.actions = actions;
    this.report = null;
    this.element = h("section", { class: "zt-iv-report" });
  }

  show(report) {
    this.report = report;
    this.draw();
    this.heading.focus({ preventScroll: true });
    announce(`${t("report_title")} ${this.scoreText()}`);
  }

  scoreText() {
    const { score } = this.report;
    return score === null ? t("report_no_score") : t("score_label", { score });
  }

  draw() {
    const { report } = this;
    this.heading = h("h1", { tabindex: "-1", class: "zt-iv-heading" }, t("report_title"));
    this.failed = h("div");
    this.element.replaceChildren(
      h(
        "header",
        { class: "zt-iv-mark-head" },
        report.score === null ? "" : ring(report.score, this.scoreText()),
        h(
          "div",
          {},
          this.heading,
          h("p", { class: "zt-detail" }, this.counts()),
          report.score === null ? h("p", {}, t("report_no_score")) : "",
        ),
      ),
      this.tools(),
      this.failed,
      ...(report.score === null ? [] : [this.verdicts(), this.sections(), this.earlier()]),
      this.reread(),
      this.questions(),
    );
  }

  counts() {
    const { report } = this;
    const time = report.minutes < 1 ? t("report_short") : t("report_minutes", { n: Math.round(report.minutes) });
    return [
      day(report.started),
      t("report_answered", { n: report.answered }),
      report.unknown && t("report_unknown", { n: report.unknown }),
      report.skipped && t("report_skipped", { n: report.skipped }),
      report.hints && t("report_hints", { n: report.hints }),
      time,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  tools() {
    const file = (format) => async () => {
      const answer = await this.actions.file(format);
      if (answer.failure) this.failed.replaceChildren(failureOf(answer.failure, t("report_not_saved")));
      else {
        this.failed.replaceChildren();
        saveFile(answer);
        toast(t("saved", { name: answer.name }));
      }
    };
    return h(
      "div",
      { class: "zt-iv-buttons" },
      button(t("iv_again"), () => this.actions.again(), "zt-primary"),
      button(t("report_markdown"), file("markdown")),
      button(t("report_pdf"), file("pdf")),
      button(t("iv_home"), () => this.actions.home()),
    );
  }

  verdicts() {
    const { verdicts, overruled } = this.report;
    const shown = Object.keys(VERDICTS).map((verdict) =>
      h("li", {}, verdictChip(verdict), h("b", {}, String(verdicts[verdict] ?? 0))),
    );
    return h(
      "section",
      {},
      h("h2", {}, t("report_verdicts")),
      h("ul", { class: "zt-verdict-counts" }, ...shown),
      overruled ? h("p", { class: "zt-detail" }, t("report_overruled", { n: overruled })) : "",
    );
  }

  sections() {
    const rows = this.report.sections.map(({ title, score, questions }) => {
      const label = score === null ? t("report_no_score") : `${title}${t("colon")}${score}`;
      return [
        h(
          "dt",
          { lang: langOf(title) },
          title,
          " ",
          h("small", {}, t("iv_questions", { n: questions })),
        ),
        h(
          "dd",
          {},
          score === null ? h("small", {}, label) : bar(score, label),
          score === null ? "" : h("span", { "aria-hidden": "true" }, String(score)),
        ),
      ];
    });
    return h(
      "section",
      {},
      h("h2", {}, t("report_sections")),
      h("dl", { class: "zt-section-bars" }, ...rows.flat()),
    );
  }

  earlier() {
    const { earlier, score, started } = this.report;
    if (!earlier.length) {
      return h(
        "section",
        {},
        h("h2", {}, t("report_earlier")),
        h("p", { class: "zt-detail" }, t("report_first")),
      );
    }
    const points = [...earlier, { started, score }].map((one) => ({
      score: one.score,
      label: `${day(one.started)}${t("colon")}${one.score}`,
    }));
    const before = earlier.at(-1).score;
    const change = score - before;
    const name = change > 0 ? "report_up" : change < 0 ? "report_down" : "report_same";
    const text = t(name, { n: String(Math.abs(change)) });
    return h(
      "section",
      {},
      h("h2", {}, t("report_earlier")),
      line(points, `${text} ${points.map((one) => one.label).join(t("comma"))}`),
      h("p", { class: "zt-detail" }, text),
    );
  }

  reread() {
    const found = this.report.reread.slice(0, REREAD);
    if (!found.length) return "";
    return h(
      "section",
      {},
      h("h2", {}, t("report_reread")),
      h(
        "ul",
        { class: "zt-places" },
        ...found.map(({ entry, path, questions }) => {
          const title = path.at(-1);
          const numbers = questions.join(t("comma"));
          return h(
            "li",
            {},
            h(
              "a",
              { href: entryHref(entry), lang: langOf(title) },
              icon("book"),
              h("b", {}, title),
              h("small", {}, t("report_questions", { numbers })),
            ),
          );
        }),
      ),
    );
  }

  questions() {
    const { questions } = this.report;
    if (!questions.length) return "";
    return h(
      "section",
      {},
      h("h2", {}, t("report_each")),
      ...questions.map((one) => this.question(one)),
    );
  }

  question(one) {
    const said = one.outcome === "answered" ? one.answer : t(`outcome_${one.outcome}`);
    const { points, cited } = numbered(one.points);
    return h(
      "details",
      { class: "zt-iv-each" },
      h(
        "summary",
        {},
        icon("right"),
        h("span", { class: "zt-iv-each-score" }, one.score === null ? "–" : String(one.score)),
        h("span", { lang: langOf(one.question) }, ...sentenceNodes(one.question)),
      ),
      h(
        "div",
        {},
        pathNode(one.path),
        h("p", { class: "zt-iv-said-text", lang: langOf(said) }, said),
        h("p", { class: "zt-detail" }, clock(one.seconds)),
        pointList(points, cited),
        one.follow_up ? this.followed(one.follow_up) : "",
      ),
    );
  }

  followed({ asked, answer, points: given }) {
    const { points, cited } = numbered(given);
    return h(
      "div",
      { class: "zt-iv-follow" },
      h("p", { class: "zt-iv-asked", lang: langOf(asked) }, `${t("follow_up_title")}${t("colon")}`, ...sentenceNodes(asked)),
      h("p", { class: "zt-iv-said-text", lang: langOf(answer) }, answer),
      pointList(points, cited),
    );
  }
}

/** The points with a number for the bullet behind each. */
function numbered(given) {
  const cited = new Map();
  const points = given.map((point, i) => {
    if (point.citation) cited.set(i, point.citation);
    return { ...point, n: i };
  });
  return { points, cited };
}
