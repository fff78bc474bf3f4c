// One run: its figures with intervals, the report, and the parts that other files draw.

import { announce, h, icon, t } from "./core.js";
import { button, failureOf } from "./cards.js";
import { Comparison } from "./evals_compare.js";
import { setName } from "./evals_kept.js";
import { Misses } from "./evals_misses.js";
import { colour, Plots } from "./evals_plots.js";
import { figure, measureName, moment, runKind, searchName, wide } from "./evals_words.js";
import { said } from "./failure.js";
import { download } from "./store.js";

const FIRST = ["right", "hit@1", "hit@5", "RR", "nDCG@10"]; // the order of the measures
const SLOW = 200; // ms, after which the reader is told that the run is being read

export class RunView {
  /** @param opened is told the id of the run that is open */
  constructor(server, opened) {
    this.server = server;
    this.opened = opened;
    this.id = "";
    this.asked = 0; // how often one was opened: an answer that comes late is not drawn
    this.run = null;
    this.state = { runs: [], sections: [] };
    this.known = false; // whether the server has said what there is
    this.comparison = new Comparison(server);
    this.plots = new Plots();
    this.misses = new Misses(server);
    this.element = h("section", { class: "zt-eval-run" });
  }

  setState(state) {
    const grown = state.runs.length !== this.state.runs.length;
    this.state = state;
    this.known = true;
    this.comparison.setRuns(state.runs, state.sections);
    if (!this.id) this.draw();
    if (grown && this.run && !this.run.failure) this.comparison.draw();
  }

  async open(id, focus = false) {
    const asked = (this.asked += 1);
    this.id = id;
    this.opened(id);
    const waiting = setTimeout(() => {
      if (this.asked !== asked) return;
      this.element.replaceChildren(h("p", { class: "zt-detail" }, t("evals_loading")));
    }, SLOW);
    const run = await this.server.run({ id });
    clearTimeout(waiting);
    if (this.asked !== asked) return;
    this.run = run;
    if (!run.failure) {
      this.comparison.setRun(run);
      this.plots.setRun(run, measures(run));
      this.misses.setRun(run);
    }
    this.draw();
    if (!focus) return;
    this.element.querySelector("h2")?.focus();
    announce(run.failure ? said(run.failure, "found") : this.title());
  }

  title() {
    return `${runKind(this.run.kind)} · ${setName(this.run.set)}`;
  }

  draw() {
    const { run } = this;
    if (!run) {
      const none = this.known && !this.id && !this.state.runs.length;
      this.element.replaceChildren(...(none ? [h("p", {}, t("evals_empty"))] : []));
      return;
    }
    if (run.failure) {
      const again = button(t("evals_again"), () => this.open(this.id));
      this.element.replaceChildren(failureOf(run.failure, t("error_RunError")), again);
      return;
    }
    const { section } = run.settings;
    const facts = [
      moment(run.started),
      this.state.sections.find((one) => one.id === section)?.title ?? section,
      t("run_items", { n: run.n }),
      run.embedder,
      t("run_took", { seconds: run.seconds.toFixed(1) }),
    ];
    const report = button(t("run_report"), () => this.report());
    report.prepend(icon("save"));
    const detail = (text) => h("p", { class: "zt-detail" }, text);
    this.element.replaceChildren(
      h(
        "div",
        { class: "zt-run-head" },
        h(
          "div",
          {},
          h("h2", { tabindex: "-1" }, this.title()),
          detail(facts.filter(Boolean).join(" · ")),
        ),
        report,
      ),
      ...run.notes.map((note) => h("p", { class: "zt-detail", lang: "en" }, note)),
      ...(run.held_out ? [detail(t("run_note_held_out"))] : []),
      this.table(),
      detail(t("measures_text")),
      ...("right" in run.configurations[0].metrics && run.kind === "retrieval"
        ? [detail(t("measures_right"))]
        : []),
      this.comparison.element,
      this.plots.element,
      ...(run.held_out ? [] : [this.misses.element]),
    );
    this.comparison.draw();
    this.plots.draw();
    this.misses.draw();
  }

  table() {
    const all = this.run.configurations;
    const head = all.map((one, i) =>
      h("th", { scope: "col" }, h("i", { class: `zt-key ${colour(i)}` }), searchName(one.name)),
    );
    const row = (label, cells) => h("tr", {}, h("th", { scope: "row" }, label), ...cells);
    const interval = ({ low, high }) => h("small", {}, `${figure(low)}–${figure(high)}`);
    const cell = (one) => (one ? h("td", {}, figure(one.value), interval(one)) : h("td", {}, "—"));
    const time = (ms) => h("td", {}, ms === undefined ? "—" : ms.toFixed(1));
    return wide(t("measures"), [
      h("tr", {}, h("th", { scope: "col" }, t("measure")), ...head),
      ...measures(this.run).map((name) =>
        row(
          measureName(name),
          all.map((one) => cell(one.metrics[name])),
        ),
      ),
      ...Object.keys(all[0].latency_ms).map((p) =>
        row(
          t("latency", { p }),
          all.map((one) => time(one.latency_ms[p])),
        ),
      ),
    ]);
  }

  async report() {
    const made = await this.server.report({ id: this.run.id });
    if (made.failure) this.element.prepend(failureOf(made.failure, t("error_RunError")));
    else download(made.name, made.html, "text/html");
  }
}

/** The measures of a run, those that a reader looks for first in front. */
function measures(run) {
  const all = [...new Set(run.configurations.flatMap((one) => Object.keys(one.metrics)))];
  const place = (name) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return all.sort((a, b) => place(a) - place(b));
}
