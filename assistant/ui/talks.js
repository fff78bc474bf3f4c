// The earlier conversations of a learner: a list to open one, or to delete it.

import { announce, h, icon, langOf, t, toast } from "./core.js";
import { sentenceOf } from "./failure.js";

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** How long ago, in words. */
export function ago(moment, now = Date.now()) {
  const seconds = (now - new Date(moment)) / 1000;
  const [unit, size] = UNITS.find(([, long]) => seconds >= long) ?? ["second", Infinity];
  const words = new Intl.RelativeTimeFormat(t("lang"), { numeric: "auto" });
  return words.format(-Math.floor(seconds / size) || 0, unit);
}

export class Talks {
  /**
   * @param server {talks, talk, forget}
   * @param outbox what is on its way there
   * @param actions {present(), show(talk), deleted(id), restore(talk, seen)}
   */
  constructor(server, outbox, actions) {
    this.server = server;
    this.outbox = outbox;
    this.actions = actions;
    this.rows = [];
    this.more = false;
    this.wrong = "";
    this.asked = 0; // lists; an answer to one that was asked before the last comes too late
    this.button = h("button", {
      type: "button",
      class: "zt-foot-tool zt-talks-button",
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      onclick: () => (this.panel.hidden ? this.open() : this.close()),
    });
    this.list = h("ul");
    this.foot = h("div", { class: "zt-talks-foot" });
    this.panel = h(
      "div",
      { class: "zt-popover zt-talks-panel", role: "dialog", tabindex: "-1", hidden: true },
      this.list,
      this.foot,
    );
    this.element = h("div", { class: "zt-talks" }, this.button, this.panel);
    this.panel.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.element.contains(event.relatedTarget)) this.close(false);
    });
    document.addEventListener(
      "pointerdown",
      (event) => this.element.contains(event.target) || this.close(false),
    );
    this.label();
  }

  label() {
    this.button.replaceChildren(icon("clock"), h("span", {}, t("talks")));
    this.panel.setAttribute("aria-label", t("talks"));
    if (!this.panel.hidden) this.draw();
  }

  async open() {
    this.panel.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.rows = [];
    this.foot.replaceChildren(h("p", { class: "zt-detail" }, t("talks_loading")));
    this.list.replaceChildren();
    this.panel.focus();
    await this.load();
    if (!this.panel.hidden) (this.titles()[0] ?? this.panel).focus();
  }

  close(focus = true) {
    if (this.panel.hidden) return;
    this.panel.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    if (focus) this.button.focus();
  }

  /** Ask for the list, or for what follows the rows that are there. */
  async load(skip = 0) {
    const mine = ++this.asked;
    await this.outbox.flush(); // what has just ended is to stand in it
    const answer = await this.ask("talks", { skip });
    if (mine !== this.asked) return;
    this.wrong = answer.failure ? this.said(answer.failure) : "";
    this.rows = [...this.rows.slice(0, skip), ...(answer.talks ?? [])];
    this.more = answer.more ?? false;
    this.draw();
  }

  async ask(name, given) {
    let answer = null;
    try {
      answer = await this.server[name](given);
    } catch {
      // as below: a server that is away gives an error here, or nothing
    }
    if (answer?.failure || answer?.talks || answer?.turns) return answer;
    return { failure: { kind: "Lost", found: t("lost_title"), next_step: "" } };
  }

  said(failure) {
    return failure.kind === "UsageError" ? t("talk_gone") : sentenceOf(failure);
  }

  titles() {
    return [...this.list.querySelectorAll(".zt-talk-open")];
  }

  draw() {
    const inside = this.panel.contains(document.activeElement);
    const now = this.actions.present();
    this.list.replaceChildren(...this.rows.map((talk) => this.row(talk, talk.id === now.id)));
    const note = this.wrong || (this.rows.length ? "" : t("talks_none"));
    const more = h(
      "button",
      { type: "button", class: "zt-link", onclick: () => this.further() },
      t("talks_more"),
    );
    this.foot.replaceChildren(
      ...(note
        ? [h("p", { class: "zt-detail", role: this.wrong ? "alert" : null }, note)]
        : this.more
          ? [more]
          : []),
    );
    // Else Escape would be the page's, and stop an answer.
    if (inside && !this.panel.contains(document.activeElement)) this.panel.focus();
  }

  row(talk, here) {
    const about = [ago(talk.updated), t("talk_turns", { n: talk.turns })];
    if (here) about.push(t("talk_here"));
    const open = h(
      "button",
      {
        type: "button",
        class: "zt-talk-open",
        "aria-current": here ? "true" : null,
        onclick: () => this.choose(talk),
      },
      h("span", { lang: langOf(talk.question) }, talk.question),
      h("small", {}, about.join(" · ")),
    );
    const label = t("talk_delete", { title: talk.question });
    const remove = h(
      "button",
      {
        type: "button",
        class: "zt-tool zt-talk-delete",
        title: t("talk_delete_short"),
        "aria-label": label,
        onclick: () => this.remove(talk),
      },
      icon("bin"),
    );
    return h("li", {}, open, remove);
  }

  async further() {
    const had = this.rows.length;
    await this.load(had);
    this.titles()[had]?.focus();
  }

  async choose({ id, question }) {
    if (id === this.actions.present().id) {
      this.close();
      return;
    }
    const { profile } = this.actions.present();
    await this.outbox.flush(); // where it was left a moment ago, it comes back whole
    const answer = await this.ask("talk", { id });
    if (profile !== this.actions.present().profile) return; // someone else learns now
    if (answer.failure) {
      this.wrong = this.said(answer.failure);
      this.draw();
      return;
    }
    this.close(false);
    this.actions.show(answer);
    announce(t("talk_opened", { title: question }));
  }

  async remove(talk) {
    const { id: here, profile } = this.actions.present(); // whose it is, whoever learns later
    const at = this.rows.indexOf(talk);
    if (talk.id === here) this.actions.end(); // what comes after the deletion would bring it back
    await this.outbox.flush();
    const answer = await this.ask("forget", { id: talk.id, profile });
    if (answer.failure && answer.failure.kind !== "UsageError") {
      this.wrong = this.said(answer.failure);
      this.draw();
      return;
    }
    this.rows = this.rows.filter((one) => one !== talk);
    this.wrong = "";
    const seen = this.actions.deleted(talk.id);
    this.draw();
    const titles = this.titles();
    if (seen) this.button.focus();
    else (titles[Math.min(at, titles.length - 1)] ?? this.panel).focus();
    if (answer.failure) return; // another tab was quicker
    const undo = async () => {
      await this.actions.restore({ ...answer, profile }, seen);
      if (!this.panel.hidden) await this.load();
    };
    toast(t("talk_deleted"), { text: t("undo"), run: undo }, 8);
  }

  key(event) {
    if (event.isComposing) return;
    const titles = this.titles();
    const row = event.target.closest?.("li");
    const at = titles.findIndex((title) => title.parentElement === row);
    const steps = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: titles.length - 1 };
    if (event.key in steps) titles[Math.max(0, Math.min(steps[event.key], titles.length - 1))]?.focus();
    else if (event.key === "Escape") this.close();
    else if (event.key === "Delete" && at >= 0) this.remove(this.rows[at]);
    else return;
    event.preventDefault();
    event.stopPropagation(); // Escape stops an answer, elsewhere
  }
}
