// The Evals tab: what to measure, the run under way, the run that is open, and what is kept.

import { announce, h, page, t } from "./core.js";
import { banner, button, failureOf } from "./cards.js";
import { EvalForm } from "./evals_form.js";
import { Kept } from "./evals_kept.js";
import { RunView } from "./evals_run.js";
import { careful } from "./evals_words.js";
import { refresh, status } from "./status.js";

const EVERY = 400; // ms, while a run is under way
const LOST = 2000; // ms, while the server does not answer

export function mount(element, { server }) {
  new Evals(element.querySelector(".zt-evals"), careful(server));
}

class Evals {
  constructor(root, server) {
    this.server = server;
    this.now = null;
    this.timer = 0;
    this.indexOf = ""; // the state of the index that was read at
    this.head = h("div", { class: "zt-eval-head" });
    this.above = h("div", { class: "zt-eval-above" });
    this.form = new EvalForm((asked) => this.start(asked));
    this.jobBox = h("div", { class: "zt-eval-job" });
    this.view = new RunView(server, (id) => this.kept.mark(id));
    this.kept = new Kept(server, {
      open: (id) => this.view.open(id, true),
      changed: () => this.load(),
    });
    root.replaceChildren(
      h(
        "div",
        { class: "zt-eval-page" },
        this.head,
        this.above,
        this.form.element,
        this.jobBox,
        this.kept.element,
        this.view.element,
      ),
    );
    page.addEventListener("language", () => this.draw());
    page.addEventListener("own", () => this.load());
    status.addEventListener("change", () => this.statusChanged());
    // another window may have made a run meanwhile
    document.addEventListener("visibilitychange", () => document.hidden || this.load());
    this.draw();
    this.statusChanged();
    this.load();
  }

  /** Read the state of things. The run that has just ended is opened, else the newest. */
  async load() {
    const now = await this.server.state();
    const first = this.now === null;
    if (now.failure) {
      this.now = { ...(this.now ?? {}), failure: now.failure };
      this.drawJob();
      return;
    }
    if (first) now.job.stopped = false; // that was told to whoever stopped it
    const ended = this.now?.job?.running && !now.job.running;
    const here = this.jobBox.contains(document.activeElement);
    const free = here || this.form.hasFocus() || document.activeElement === document.body;
    this.now = now;
    this.form.setState(now);
    this.view.setState(now);
    this.kept.setState(now);
    this.drawJob();
    if (now.job.running) this.watch();
    if (ended) await this.ended(now.job, here, free);
    else if (now.runs.length && !this.view.id) await this.view.open(now.runs[0].id);
  }

  draw() {
    this.head.replaceChildren(
      h("h1", {}, t("evals_title")),
      h("p", { class: "zt-detail" }, t("evals_text")),
    );
    this.above.replaceChildren(...[banner()].filter(Boolean));
    this.form.draw();
    this.jobBox.replaceChildren();
    this.drawJob();
    this.view.draw();
    this.kept.draw();
  }

  statusChanged() {
    this.above.replaceChildren(...[banner()].filter(Boolean));
    const { now } = status;
    const key = JSON.stringify([now?.phase, now?.index, now?.indexing.runs, status.lost]);
    const before = this.indexOf;
    this.indexOf = key;
    if (before && key !== before && now && !status.lost && !now.indexing.running) this.load();
  }

  async start(asked) {
    this.form.setRunning(true);
    const job = await this.server.start(asked);
    if (job.failure && !job.running) {
      this.put({ ...(this.now?.job ?? {}), running: false, stopped: false, failure: job.failure });
      return;
    }
    this.put(job);
    announce(t("evals_beginning"));
    this.watch();
  }

  put(job) {
    this.now = { ...this.now, job, failure: null };
    this.form.setRunning(job.running);
    this.drawJob();
  }

  watch(pause = EVERY) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const job = await this.server.job();
      if (job.failure?.kind === "Lost") {
        refresh(); // the banner says so
        this.watch(LOST);
        return;
      }
      if (job.running) {
        this.put(job);
        this.watch();
      } else {
        await this.load();
      }
    }, pause);
  }

  /**
   * @param here whether the focus was on what is gone now
   * @param free whether it may be taken to the run
   */
  async ended(job, here, free) {
    if (job.stopped) announce(t("evals_stopped"));
    if (job.failure || job.stopped || !job.run) {
      if (here) this.form.focus();
    } else {
      await this.view.open(job.run, free);
    }
  }

  drawJob() {
    const { job, failure } = this.now ?? {};
    if (failure) {
      const again = button(t("evals_again"), () => this.load());
      this.jobBox.replaceChildren(failureOf(failure, t("evals_failed")), again);
    } else if (!job) {
      this.jobBox.replaceChildren(h("p", { class: "zt-detail" }, t("evals_loading")));
    } else if (job.running) {
      this.drawProgress(job);
    } else if (job.failure) {
      this.jobBox.replaceChildren(failureOf(job.failure, t("evals_failed")));
    } else {
      const said = job.stopped ? [h("p", { class: "zt-detail" }, t("evals_stopped"))] : [];
      this.jobBox.replaceChildren(...said);
    }
  }

  drawProgress(job) {
    if (!this.jobBox.querySelector("progress")) {
      const cancel = button(t("evals_cancel"), async () => {
        const answer = await this.server.cancel();
        if (!answer.failure) this.put(answer);
        this.watch();
      });
      cancel.classList.add("zt-eval-cancel");
      this.bar = h("progress", { "aria-label": t("evals_progress") });
      this.said = h("span");
      this.jobBox.replaceChildren(h("div", { class: "zt-progress" }, this.bar, this.said, cancel));
    }
    if (job.total) {
      this.bar.max = job.total;
      this.bar.value = job.done;
    }
    this.said.textContent = said(job);
  }
}

function said({ stopping, total, done }) {
  if (stopping) return t("evals_stopping");
  if (!total) return t("evals_beginning");
  return done < total ? t("evals_done_of", { done, total }) : t("evals_working");
}
