// What to measure: the set, the searches, the section, the sample size.

import { h, t } from "./core.js";
import { choice, searchName } from "./evals_words.js";

const LARGEST = 100000; // questions of a sample, as the server takes them

export class EvalForm {
  /** @param run is called with {set, searches, section, sample} */
  constructor(run) {
    this.run = run;
    this.state = null;
    this.drawn = ""; // what of the state is drawn: a field that is being filled in stays
    this.chosen = { set: "retrieval.dev", searches: ["bm25", "fused"], section: "", sample: "" };
    this.running = false;
    this.element = h("form", { class: "zt-eval-form", novalidate: true });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  setState(state) {
    const { sets, searches, sections } = state;
    const drawn = JSON.stringify({ sets, searches, sections });
    this.state = { sets, searches, sections };
    const has = (list, value) => list.some((one) => one === value);
    if (
      !has(
        sets.map((one) => one.name),
        this.chosen.set,
      )
    )
      this.chosen.set = sets[0].name;
    if (
      !has(
        sections.map((one) => one.id),
        this.chosen.section,
      )
    )
      this.chosen.section = "";
    if (drawn !== this.drawn) this.draw();
    this.drawn = drawn;
    this.setRunning(state.job.running);
  }

  /** The button keeps the focus while a run is under way, and does nothing. */
  setRunning(running) {
    this.running = running;
    this.button?.setAttribute("aria-disabled", String(running));
  }

  focus() {
    this.button?.focus();
  }

  hasFocus() {
    return document.activeElement === this.button;
  }

  submit() {
    if (this.running) return;
    const { set, searches, section, sample } = this.chosen;
    const size = sample === "" ? null : Number(sample);
    const fits = size === null || (Number.isInteger(size) && size >= 1 && size <= LARGEST);
    const own = this.state.sets.find((one) => one.name === set);
    let wrong = "";
    if (own.n === 0) wrong = t("own_none");
    else if (!fits) wrong = t("evals_bad_sample");
    else if (!searches.length) wrong = t("evals_no_search");
    this.sample.setAttribute("aria-invalid", String(!fits));
    this.error.textContent = wrong;
    if (!wrong) this.run({ set, searches, section, sample: size });
    else if (!fits) this.sample.focus();
  }

  draw() {
    const { state, chosen } = this;
    if (!state) return;
    const sets = state.sets.map(({ name, n, held_out: hidden }) => [
      name,
      name === "own"
        ? t("evals_set_own", { n: String(n) })
        : hidden
          ? t("evals_set_held_out", { name })
          : name,
    ]);
    const sections = state.sections.map((one, i) => [one.id, `${i + 1}. ${one.title}`]);
    this.sample = h("input", {
      type: "text",
      inputmode: "numeric",
      value: chosen.sample,
      placeholder: t("evals_sample_all"),
      autocomplete: "off",
      "aria-describedby": "zt-eval-wrong",
      oninput: (event) => (chosen.sample = event.target.value.trim()),
    });
    this.error = h("p", { class: "zt-eval-wrong", id: "zt-eval-wrong", role: "alert" });
    this.button = h(
      "button",
      { type: "submit", class: "zt-button zt-primary", "aria-disabled": String(this.running) },
      t("evals_run"),
    );
    this.element.replaceChildren(
      choice(t("evals_set"), sets, chosen.set, (value) => (chosen.set = value)),
      choice(
        t("evals_section"),
        [["", t("evals_section_all")], ...sections],
        chosen.section,
        (value) => (chosen.section = value),
      ),
      h("label", { class: "zt-choice" }, h("span", {}, t("evals_sample")), this.sample),
      h(
        "fieldset",
        {},
        h("legend", {}, t("evals_searches")),
        ...state.searches.map((name) => this.search(name)),
      ),
      this.button,
      this.error,
    );
  }

  search(name) {
    const { chosen } = this;
    const box = h("input", {
      type: "checkbox",
      checked: chosen.searches.includes(name),
      onchange: (event) => {
        chosen.searches = chosen.searches.filter((other) => other !== name);
        if (event.target.checked) chosen.searches.push(name);
      },
    });
    return h("label", { class: "zt-check" }, box, searchName(name));
  }
}
