// The Interview tab: the start, a question, its marking, the next one, and the report.

import { announce, h, language, page, t, toast } from "./core.js";
import { onArrival } from "./arrive.js";
import { banner, failureCard } from "./cards.js";
import { careful } from "./evals_words.js";
import { sentenceOf } from "./failure.js";
import { memory } from "./kept.js";
import { MarkView } from "./interview_mark.js";
import { QuestionView } from "./interview_question.js";
import { ReportView } from "./interview_report.js";
import { quizPlan, StartForm } from "./interview_start.js";
import { Passages } from "./passages.js";
import { progressed, withAsker } from "./people.js";
import { status } from "./status.js";

const kept = memory("interview");

export function mount(element, { server }) {
  new Interview(element.querySelector(".zt-interview"), withAsker(careful(server)), server);
}

class Interview {
  constructor(root, server, plain) {
    this.server = server;
    this.phase = "";
    this.here = null; // what `kept` holds: {phase: question | mark | report, session, draft, follow}
    this.next = null; // a promise of the next question, while a marking is read
    this.root = root;
    this.start = new StartForm({
      start: (plan) => this.begin(plan),
      resume: (session) => this.resumeLeft(session),
      report: (session) => this.openReport(session),
    });
    this.question = new QuestionView({
      answer: (given) => this.answer(given),
      hint: () => this.move("hint"),
      pause: () => this.move("pause"),
      resume: () => this.move("resume"),
      end: () => this.end(),
      keep: (draft) => this.keep({ draft }),
    });
    this.mark = new MarkView({
      overrule: (given) => this.overrule(given),
      followUp: (given) => this.followUp(given),
      next: () => this.goOn(),
      end: () => this.end(),
      cite: (n, origin) => this.passages.show(this.cited, n, null, origin),
      keep: (follow) => this.keep({ follow }),
    });
    this.report = new ReportView({
      again: () => this.begin(this.lastPlan ?? this.start.plan()),
      home: () => this.home(true),
      file: (format) => this.server.file({ session: this.here.session, format }),
    });
    this.passages = new Passages((place) => plain.source(place), () => null, "zt-iv-");
    this.above = h("div", { class: "zt-iv-above" });
    this.stage = h("div", { class: "zt-iv-stage" });
    this.scroller = h("div", { class: "zt-iv-scroll" }, this.above, this.stage);
    root.replaceChildren(this.scroller, this.passages.shade, this.passages.element);
    page.addEventListener("language", () => this.redraw());
    page.addEventListener("profile", (event) => this.someoneElse(event.detail));
    page.addEventListener("progress", () => this.phase === "start" && this.loadStart());
    status.addEventListener("change", () => this.drawAbove());
    document.addEventListener("keydown", (event) => this.key(event));
    this.drawAbove();
    if (!onArrival("quiz", (asked) => this.quiz(asked))) this.comeBack();
  }

  // Where we are.

  /** Show a phase, and nothing else. */
  put(phase, view) {
    this.phase = phase;
    this.root.classList.toggle("zt-iv-marked", phase === "mark");
    if (phase !== "mark") this.passages.hide();
    if (this.stage.firstChild !== view.element || this.stage.childNodes.length !== 1) {
      this.stage.replaceChildren(view.element);
      this.scroller.scrollTop = 0;
    }
  }

  /** Something could not be had: say so, and offer it again. */
  fail(failure, again) {
    this.phase = "failed";
    this.root.classList.remove("zt-iv-marked");
    this.drawFailed = () => this.stage.replaceChildren(failureCard(failure, again));
    this.drawFailed();
  }

  keep(more) {
    this.here = { ...this.here, ...more };
    kept.save(this.here);
  }

  drawAbove() {
    // sources that changed since the index was made concern answers, not marks
    const { now, lost } = status;
    const well = !lost && now?.index === "ready" && !now.indexing.running && !now.indexing.failure;
    this.above.replaceChildren(...(well ? [] : [banner()].filter(Boolean)));
  }

  redraw() {
    this.drawAbove();
    if (this.phase === "failed") this.drawFailed();
    const view = { start: this.start, question: this.question, mark: this.mark, report: this.report };
    view[this.phase]?.draw();
    if (this.phase === "mark") this.passages.draw(this.cited, {}, true);
  }

  /** Another learner goes on where they were. */
  someoneElse(before) {
    if (before === "") {
      kept.adopt(); // it was not known yet who learns
      return;
    }
    this.here = null;
    this.comeBack();
  }

  /** After a reload: the same question with what was typed, the same marking, or the start. */
  async comeBack() {
    const here = kept.load();
    if (!here?.session) return this.home();
    this.here = here;
    if (here.phase === "report") return this.openReport(here.session, false);
    if (here.phase === "mark") {
      const answer = await this.server.marked({ attempt: here.attempt });
      if (answer.mark) return this.showMark(answer.mark, here.follow);
      if (answer.failure?.kind === "Lost") return this.fail(answer.failure, () => this.comeBack());
      return this.home();
    }
    const answer = await this.server.opened({ session: here.session });
    if (answer.failure?.kind === "Lost") return this.fail(answer.failure, () => this.comeBack());
    if (answer.failure) return this.home();
    return this.ask(answer, here.draft);
  }

  // The start.

  async home(focus = false) {
    this.here = null;
    kept.save(null);
    this.put("start", this.start);
    this.start.draw();
    await this.loadStart();
    if (focus) this.start.focus();
  }

  async loadStart() {
    const state = await this.server.state();
    if (this.phase !== "start") return;
    if (state.failure) this.fail(state.failure, () => this.home());
    else this.start.setState(state);
  }

  async begin(plan) {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const answer = await this.server.start({ ...plan, seed, language: language() });
    if (answer.failure) {
      if (this.phase !== "start") await this.home();
      this.start.fail(answer.failure);
      return;
    }
    this.lastPlan = plan;
    progressed();
    await this.ask(answer);
  }

  quiz({ entry, scope = [entry.id] }) {
    if (this.phase === "question") this.question.stop();
    this.begin(quizPlan(scope));
  }

  async resumeLeft(session) {
    const answer = await this.server.resume({ session });
    if (answer.failure) this.start.fail(answer.failure);
    else await this.ask(answer);
  }

  // A question.

  /** Show what is open; where nothing is, the interview is over. */
  async ask({ session, question }, draft = null) {
    if (!question) {
      this.keep({ session });
      return this.end();
    }
    this.here = { session, phase: "question" };
    this.question.show(question, draft);
    this.put("question", this.question);
    this.question.focus();
    if (!question.paused) announce(question.text);
  }

  /** A hint, a pause, or the end of one. */
  async move(name) {
    const answer = await this.server[name]({ session: this.here.session });
    if (answer.failure) {
      toast(sentenceOf(answer.failure), null, 8);
      return;
    }
    const before = this.question.question.hints.length;
    this.question.update(answer.question);
    this.question.focus();
    if (name === "hint") announce(answer.question.hints[before] ?? "");
    else announce(t(answer.question.paused ? "iv_paused" : "iv_resumed"));
  }

  async answer(given) {
    const session = this.here.session;
    const answer = await this.server.answer({ session, ...given });
    if (this.here?.session !== session) return;
    if (answer.failure?.kind === "UsageError") {
      toast(sentenceOf(answer.failure), null, 8);
      const now = await this.server.opened({ session });
      if (!now.failure) return this.ask(now);
    }
    if (answer.failure) return this.question.fail(answer.failure);
    progressed();
    if (given.outcome === "skipped") {
      const now = await this.server.opened({ session });
      return now.failure ? this.question.fail(now.failure) : this.ask(now);
    }
    return this.showMark(answer.mark);
  }

  // Its marking.

  showMark(mark, follow = null) {
    this.here = { session: this.here.session, phase: "mark", attempt: mark.attempt };
    this.cite(mark);
    this.mark.show(mark, follow);
    this.put("mark", this.mark);
    this.mark.heading.focus({ preventScroll: true });
    this.prepare();
  }

  /** The passages beside the marking: as a turn of the conversation has them. */
  cite({ attempt, citations, errata }) {
    this.cited = { id: attempt, view: { citations, errata } };
    this.passages.draw(this.cited);
  }

  /** The next question is chosen while the marking is read. */
  async prepare() {
    const { session } = this.here;
    this.next = this.server.opened({ session });
    const answer = await this.next;
    if (this.phase === "mark" && this.here?.session === session && !answer.failure)
      this.mark.setLast(!answer.question);
  }

  async goOn() {
    let answer = await this.next;
    if (answer?.failure) answer = await this.server.opened({ session: this.here.session });
    if (answer.failure) {
      toast(sentenceOf(answer.failure), null, 8);
      return;
    }
    await this.ask(answer);
  }

  async overrule(given) {
    const answer = await this.server.overrule(given);
    if (answer.failure) {
      toast(sentenceOf(answer.failure), null, 8);
      return;
    }
    this.mark.update(answer.mark);
    announce(t("score_label", { score: answer.mark.score }));
    progressed();
  }

  async followUp(given) {
    const answer = await this.server.follow_up(given);
    if (answer.failure) this.mark.failFollow(answer.failure);
    else this.mark.followed(answer.mark);
  }

  // The end.

  async end() {
    const { session } = this.here;
    this.question.stop();
    const answer = await this.server.finish({ session });
    if (answer.failure) return this.fail(answer.failure, () => this.end());
    progressed();
    return this.showReport(session, answer.report);
  }

  async openReport(session, focus = true) {
    const answer = await this.server.report({ session });
    if (answer.failure?.kind === "Lost")
      return this.fail(answer.failure, () => this.openReport(session, focus));
    return answer.failure ? this.home() : this.showReport(session, answer.report);
  }

  showReport(session, report) {
    this.here = { session, phase: "report" };
    kept.save(this.here);
    this.report.show(report);
    this.put("report", this.report);
    this.report.heading.focus({ preventScroll: true });
  }

  key(event) {
    if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
    if (this.root.checkVisibility() && this.passages.isOpen) this.passages.hide();
  }
}
