// Intervals of one's own: whether there can be any, the fit, what it changed, and the way back.

import { announce, h, page, t } from "./core.js";
import { button, failureOf } from "./cards.js";
import { profile, progressed } from "./people.js";

const AGAIN = 3000; // ms until a fit that this tab doesn't wait for is asked after

const figure = (loss) => loss.toFixed(3);

const dated = (text) => new Date(text).toLocaleDateString(t("lang"), { dateStyle: "medium" });

export class FitView {
  /** @param server {optimise, default_weights, stats} */
  constructor(server) {
    this.server = server;
    this.busy = null; // {who, name}: for whom this tab waits, and for what
    this.told = null; // what came of it, in the language of the moment it is drawn
    this.failure = null;
    this.element = h("section", { class: "zt-rv-fit", "aria-labelledby": "zt-rv-fit-title" });
    const forget = () => {
      this.told = null;
      this.failure = null;
    };
    page.addEventListener("profile", forget);
    page.addEventListener("deleted", forget);
  }

  /** @param fitted {missing, telling, weights, running}, of the server */
  draw(fitted) {
    this.fitted = fitted;
    const busy = this.busy?.who === profile() ? this.busy.name : "";
    const waiting = fitted.running || busy;
    if (fitted.running) this.failure = null; // the answer was lost, and the fit goes on
    const inside = this.element.contains(document.activeElement);
    const buttons = this.buttons(fitted, waiting);
    const running = fitted.running || busy === "optimise";
    const told = running ? t("fit_running") : (this.told?.() ?? "");
    this.element.replaceChildren(
      h("h2", { id: "zt-rv-fit-title", tabindex: "-1" }, t("fit_title")),
      h("p", { class: "zt-detail" }, this.state(fitted)),
      told ? h("p", { class: "zt-rv-told" }, told) : "",
      buttons.length ? h("div", { class: "zt-iv-buttons" }, ...buttons) : "",
      this.failure ? failureOf(this.failure, t("fit_failed")) : "",
    );
    if (inside) (buttons[0] ?? this.element.firstElementChild).focus();
    clearTimeout(this.later);
    if (fitted.running && !this.busy) this.askLater();
  }

  askLater() {
    clearTimeout(this.later);
    this.later = setTimeout(() => this.ask(), AGAIN);
  }

  /** Whether the fit is over: only then the rest of the page hears of it. */
  async ask() {
    const who = profile();
    const stats = await this.server.stats();
    if (who !== profile() || this.busy) return;
    if (stats.failure || stats.fitted.running) this.askLater();
    else progressed();
  }

  state({ missing, weights }) {
    if (weights) return t("fit_done", { n: weights.reviews, day: dated(weights.at) });
    return missing ? t("fit_few", { n: missing }) : t("fit_can");
  }

  buttons({ missing, telling, weights, running }, waiting) {
    const made = [];
    const more = !missing && telling > (weights?.reviews ?? 0);
    if (more || running) {
      const name = t(weights ? "fit_again" : "fit_button");
      made.push(button(name, () => waiting || this.run("optimise")));
    }
    if (weights) {
      made.push(button(t("fit_default"), () => waiting || this.run("default_weights")));
    }
    for (const one of waiting ? made : []) {
      one.setAttribute("aria-busy", "true");
      one.setAttribute("aria-disabled", "true");
    }
    return made;
  }

  async run(name) {
    const who = profile();
    this.busy = { who, name };
    this.told = null;
    this.failure = null;
    this.draw(this.fitted);
    if (name === "optimise") announce(t("fit_running"));
    const answer = await this.server[name]();
    this.busy = null;
    if (who === profile()) {
      this.failure = answer.failure ?? null;
      if (!this.failure) {
        this.told = () => this.words(name, answer);
        announce(this.told());
      }
    }
    progressed(); // draws this too
  }

  words(name, { changed, before, after, earlier, later }) {
    const moved = { earlier, later };
    if (name === "default_weights") return t("fit_restored", moved);
    const all = { ...moved, before: figure(before), after: figure(after) };
    return changed ? t("fit_changed", all) : t("fit_same", all);
  }
}
