// What is kept: earlier runs, and the learner's own questions.

import { h, icon, langOf, readLink, t, toast } from "./core.js";
import { card, failureOf } from "./cards.js";
import { linesOf } from "./failure.js";
import { figure, measureName, moment, searchName } from "./evals_words.js";

const SHOWN = 5; // of each list, until all are asked for

export class Kept {
  /** @param actions {open(run id), changed()} */
  constructor(server, actions) {
    this.server = server;
    this.actions = actions;
    this.state = null;
    this.marked = "";
    this.all = { runs: false, own: false };
    this.runs = h("section", { class: "zt-kept-runs" });
    this.own = h("section", { class: "zt-kept-own" });
    this.element = h("aside", { class: "zt-kept" }, this.runs, this.own);
  }

  setState(state) {
    const before = JSON.stringify([this.state?.runs, this.state?.own, this.state?.damaged]);
    this.state = state;
    if (before !== JSON.stringify([state.runs, state.own, state.damaged])) this.draw();
  }

  /** Show which run is open. */
  mark(id) {
    this.marked = id;
    for (const one of this.runs.querySelectorAll(".zt-run"))
      one.setAttribute("aria-current", String(one.dataset.run === id));
  }

  draw() {
    if (!this.state) return;
    const { runs, own, damaged } = this.state;
    this.runs.replaceChildren(
      h("h2", {}, t("runs_title")),
      ...this.list("runs", runs, (run) => this.run(run), t("runs_none")),
      ...damaged.map((one) => card("warn", t("runs_damaged"), ...lines(linesOf(one)))),
    );
    this.own.replaceChildren(
      h("h2", {}, t("own_title")),
      ...this.list("own", own, (row) => this.question(row), t("own_none")),
    );
  }

  /** The first few of a list, and a button for the rest. */
  list(name, rows, draw, none) {
    if (!rows.length) return [h("p", { class: "zt-detail" }, none)];
    const shown = this.all[name] ? rows : rows.slice(0, SHOWN);
    const list = h("ul", { class: `zt-${name}-list` }, ...shown.map(draw));
    if (shown.length === rows.length) return [list];
    const more = () => {
      this.all[name] = true;
      this.draw();
      this[name].querySelectorAll("li button")[SHOWN]?.focus();
    };
    const text = t("show_all", { n: rows.length });
    return [list, h("button", { type: "button", class: "zt-more-kept", onclick: more }, text)];
  }

  run(run) {
    const section = this.state.sections.find((one) => one.id === run.section)?.title;
    const facts = [section ?? run.section, run.score && t("run_items", { n: run.score.n })];
    const best = run.score
      ? `${measureName(run.measure)} ${figure(run.score.value)} · ${searchName(run.best)}`
      : "";
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "zt-run",
          "data-run": run.id,
          "aria-current": String(run.id === this.marked),
          onclick: () => this.actions.open(run.id),
        },
        h("b", {}, run.names.map(searchName).join(t("comma"))),
        h("small", {}, [setName(run.set), ...facts].filter(Boolean).join(" · ")),
        h("small", {}, [moment(run.started), best].filter(Boolean).join(" · ")),
      ),
    );
  }

  question(row) {
    const label = t("own_remove", { title: row.q });
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("span", { lang: langOf(row.q) }, row.q),
        ...row.entries.map(({ id, title }) =>
          h("small", { lang: langOf(title) }, `→ ${title}`, readLink(id, title)),
        ),
      ),
      h(
        "button",
        {
          type: "button",
          class: "zt-tool",
          "aria-label": label,
          title: label,
          onclick: () => this.remove(row),
        },
        icon("close"),
      ),
    );
  }

  async remove({ id, q, entries }) {
    const answer = await this.server.remove_own({ id });
    if (answer.failure) {
      this.own.prepend(failureOf(answer.failure, t("evals_failed")));
      return;
    }
    const undo = async () => {
      await this.server.add_own({ q, entries: entries.map((entry) => entry.id) });
      await this.actions.changed();
    };
    await this.actions.changed();
    (this.own.querySelector("li button") ?? this.runs.querySelector("button"))?.focus();
    toast(t("own_removed"), { text: t("undo"), run: undo }, 8);
  }
}

export const setName = (name) => (name === "own" ? t("own_title") : name);

const lines = (texts) => texts.map((text) => h("p", { class: "zt-detail" }, text));
