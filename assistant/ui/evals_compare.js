// What two configurations differ in, on the questions that both have: of one run, or of two.

import { h, t } from "./core.js";
import { failureOf } from "./cards.js";
import { chance, choice, measureName, moment, searchName, signed, wide } from "./evals_words.js";

export class Comparison {
  constructor(server) {
    this.server = server;
    this.run = null;
    this.runs = [];
    this.sections = [];
    this.first = this.second = ""; // RUN@CONFIGURATION
    this.element = h("section", { class: "zt-compare" });
    this.result = h("div", { class: "zt-difference", "aria-live": "polite" });
  }

  setRuns(runs, sections) {
    this.runs = runs;
    this.sections = sections;
  }

  /** The first two of the run; of one that has a single one, that against an earlier run's. */
  setRun(run) {
    const [one, other] = run.configurations.map(({ name }) => `${run.id}@${name}`);
    this.run = run;
    this.first = one;
    this.second = other ?? "";
  }

  /** Runs of the same kind over the same set, the open one first. */
  like() {
    const { id, kind, set } = this.run;
    const found = this.runs.filter((run) => run.kind === kind && run.set === set);
    return found.sort((a, b) => Number(b.id === id) - Number(a.id === id));
  }

  groups() {
    return this.like().map((run) => ({
      label: run.id === this.run.id ? t("compare_here") : this.label(run),
      options: run.names.map((name) => {
        const side = `${run.id}@${name}`;
        return [side, this.name(side)];
      }),
    }));
  }

  label({ started, section, score }) {
    const title = this.sections.find((one) => one.id === section)?.title ?? section;
    const n = score ? t("run_items", { n: score.n }) : "";
    return [moment(started), title, n].filter(Boolean).join(" · ");
  }

  /** A side in a sentence; one of another run goes by its time too. */
  name(reference) {
    const [id, name] = reference.split("@");
    const run = this.runs.find((one) => one.id === id);
    const other = id !== this.run.id && run;
    return searchName(name) + (other ? t("aside", { text: moment(run.started) }) : "");
  }

  draw() {
    const groups = this.groups();
    const sides = groups.flatMap((group) => group.options.map(([value]) => value));
    const title = h("h3", {}, t("compare_title"));
    if (sides.length < 2) {
      this.element.replaceChildren(title, h("p", { class: "zt-detail" }, t("compare_one")));
      return;
    }
    if (!this.second) this.second = sides.find((one) => one !== this.first);
    const side = (key) =>
      choice(t(`compare_${key}`), groups, this[key], (value) => {
        this[key] = value;
        this.compare();
      });
    this.element.replaceChildren(
      title,
      h("div", { class: "zt-sides" }, side("first"), side("second")),
      this.result,
    );
    this.compare();
  }

  async compare() {
    const { first, second } = this;
    if (first === second) {
      this.result.replaceChildren(h("p", { class: "zt-detail" }, t("compare_same")));
      return;
    }
    const found = await this.server.compare({ first, second });
    if (first !== this.first || second !== this.second) return; // another was chosen meanwhile
    this.result.replaceChildren(
      ...(found.failure ? [failureOf(found.failure, t("error_RunError"))] : this.nodes(found)),
    );
  }

  nodes({ differences, n, left_out: out }) {
    const names = Object.keys(differences);
    const main = names.includes(this.run.main) ? this.run.main : names[0];
    const head = ["measure", "compare_difference", "compare_interval"].map((key) => t(key));
    const rows = names.map((name) => {
      const { value, low, high, p } = differences[name];
      const cells = [signed(value), `${signed(low)} … ${signed(high)}`, chance(p)];
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, measureName(name)),
        ...cells.map((said) => h("td", {}, said)),
      );
    });
    const count = [t("compare_on", { n }), out ? t("compare_out", { n: out }) : ""].join(" ");
    return [
      h("p", { class: "zt-verdict" }, this.verdict(main, differences[main])),
      wide(t("compare_title"), [
        h("tr", {}, ...[...head, "p"].map((text) => h("th", { scope: "col" }, text))),
        ...rows,
      ]),
      h("p", { class: "zt-detail" }, count),
    ];
  }

  verdict(measure, { value, low, high, p }) {
    const key = low > 0 ? "compare_better" : high < 0 ? "compare_worse" : "compare_even";
    return t(key, {
      first: this.name(this.first),
      second: this.name(this.second),
      measure: measureName(measure),
      value: key === "compare_even" ? signed(value) : Math.abs(value).toFixed(3),
      low: signed(low),
      high: signed(high),
      p: p < 0.001 ? `p ${chance(p)}` : `p = ${chance(p)}`,
    });
  }
}
