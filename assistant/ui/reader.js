// The reading view: a dialog over the page. Its address is `#entry=ID`: it can be linked, reloaded,
// and left by Back. Any `<a href="#entry=…">` of the page opens it; see `entryHref`.

import { entryHref, h, icon, knows, langOf, page, t } from "./core.js";
import { quiz } from "./arrive.js";
import { button, card } from "./cards.js";
import { drawEntry, placeNode } from "./entry.js";
import { linesOf } from "./failure.js";
import { offerEdits } from "./note_edit.js";

const ADDRESS = /^#entry=(.+)$/;
const SLOW = 200; // ms, after which the reader is told that the entry is being opened

/** Id of the entry in an address; null where there is none. */
function entryOf(hash) {
  const found = ADDRESS.exec(hash);
  try {
    return found && decodeURIComponent(found[1]);
  } catch {
    return found[1]; // a lone % in what somebody typed: the server says that there is no such entry
  }
}

/** `entryHref` alone is taken from the page's base, which does not name the tab. */
const address = (id) => location.pathname + location.search + entryHref(id);

/** How many entries of this view lie behind in the browser's history. */
const depth = () => history.state?.zhituDepth ?? 0;

export function mount(element, { server }) {
  // Gradio's style sheet for formulas holds inside its own container only.
  new Reader(server, element.closest(".gradio-container") ?? document.body);
}

class Reader {
  constructor(server, container) {
    this.server = server;
    this.wanted = null; // id of the entry that is open or being opened
    this.entry = null; // what the server said of it
    this.leaving = false;
    this.title = document.title;
    this.bar = h("div", { class: "zt-reader-bar" });
    this.scroller = h("div", { class: "zt-reader-scroll" });
    this.dialog = h("dialog", { class: "zt zt-reader" }, this.bar, this.scroller);
    container.append(this.dialog);
    // The event comes late: Forward may have opened the view again by then.
    this.dialog.addEventListener("close", () => {
      if (this.wanted !== null && !this.dialog.open) this.close();
    });
    // The page below has keys of its own: there Escape stops an answer. The focus may be in here for a
    // moment after the view was closed, where what it should go back to was drawn anew meanwhile.
    this.dialog.addEventListener("keydown", (event) => {
      if (this.dialog.open) event.stopPropagation();
    });
    document.addEventListener("click", (event) => this.follow(event));
    addEventListener("popstate", () => this.moved());
    page.addEventListener("language", () => this.entry && this.draw());
    const first = entryOf(location.hash);
    if (first) this.show(first);
  }

  /** A click on a link to an entry. */
  follow(event) {
    const link = event.target.closest?.('a[href^="#entry="]');
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.open(entryOf(link.getAttribute("href")));
  }

  open(id) {
    if (id === this.wanted) return;
    history.replaceState({ ...history.state, zhituTop: this.scroller.scrollTop }, "");
    history.pushState({ zhituDepth: this.wanted === null ? 1 : depth() + 1 }, "", address(id));
    this.show(id);
  }

  /** Back, Forward, or an address typed by hand. */
  moved() {
    const id = entryOf(location.hash);
    if (id && this.leaving) history.replaceState(null, "", location.pathname + location.search);
    this.leaving = false;
    const there = entryOf(location.hash);
    if (there) this.show(there);
    else this.hide();
  }

  async show(id) {
    this.wanted = id;
    const waiting = setTimeout(() => this.say(h("p", { class: "zt-detail" }, t("opening"))), SLOW);
    if (!this.dialog.open) {
      this.say();
      this.dialog.showModal();
    }
    let answer;
    try {
      answer = await this.server.entry({ id });
    } catch {
      answer = null;
    }
    clearTimeout(waiting);
    if (this.wanted !== id) return; // another was opened meanwhile
    if (answer?.id) {
      this.entry = answer;
      this.wanted = answer.id;
      if (answer.id !== id) history.replaceState(history.state, "", address(answer.id));
      this.draw();
    } else {
      this.say(answer?.near ? this.unknown(id, answer.near) : this.failed(id, answer?.failure));
    }
  }

  /** Say something instead of an entry. */
  say(...nodes) {
    this.entry = null;
    this.dialog.setAttribute("aria-label", t("reader"));
    this.dialog.removeAttribute("aria-labelledby");
    this.bar.replaceChildren(h("span", { class: "zt-reader-path" }), this.closeButton());
    this.scroller.replaceChildren(h("div", { class: "zt-page zt-page-bare" }, ...nodes));
  }

  unknown(id, near) {
    const links = near.map(({ id: there, title }) =>
      h("li", {}, h("a", { href: entryHref(there), lang: langOf(title) }, title)),
    );
    return card(
      "warn",
      t("entry_unknown", { id }),
      h("p", { class: "zt-detail" }, t("entry_unknown_text")),
      h("ul", { class: "zt-siblings" }, ...links),
    );
  }

  failed(id, failure) {
    const again = button(t("index_again"), () => this.show(id));
    if (!failure) return card("error", t("lost_title"), h("p", {}, t("lost_text")), again);
    return card(
      "error",
      t(knows(`error_${failure.kind}`) ? `error_${failure.kind}` : "error_Unexpected"),
      ...linesOf(failure).map((line) => h("p", { class: "zt-detail" }, line)),
      again,
    );
  }

  draw() {
    const { entry } = this;
    document.title = `${entry.title} · ${this.title}`;
    this.dialog.removeAttribute("aria-label");
    this.dialog.setAttribute("aria-labelledby", "zt-entry-title");
    this.bar.replaceChildren(
      this.path(entry),
      this.step("left", "previous", entry.previous),
      this.step("right", "next", entry.next),
      ...(entry.kind === "reference" ? [] : [this.quizButton(entry), this.askButton(entry)]),
      this.closeButton(),
    );
    const ask = (question, scoped) =>
      this.ask({ question, entry: scoped ? { id: entry.id, title: entry.title } : null });
    this.scroller.replaceChildren(drawEntry(entry, { ask, scroller: this.scroller }));
    this.scroller.scrollTop = history.state?.zhituTop ?? 0;
    this.dialog.querySelector("#zt-entry-title").focus({ preventScroll: true });
    offerEdits(this, entry);
  }

  path(entry) {
    return h("div", { class: "zt-reader-path" }, placeNode(entry));
  }

  /** To the entry before or after in reading order. */
  step(name, text, place) {
    if (!place) return h("span", { class: "zt-tool zt-step", "aria-hidden": "true" }, icon(name));
    const label = `${t(text)}${t("colon")}${place.title}`;
    return h(
      "a",
      { class: "zt-tool zt-step", href: entryHref(place.id), title: label, "aria-label": label },
      icon(name),
    );
  }

  askButton({ id, title }) {
    return h(
      "button",
      {
        type: "button",
        class: "zt-button zt-primary",
        title: t("outline_ask", { title }),
        onclick: () => this.ask({ question: "", entry: { id, title } }),
      },
      t("ask_this"),
    );
  }

  quizButton({ id, title }) {
    const label = `${t("quiz_me")}${t("colon")}${t("quiz_title", { title })}`; // begins as it reads
    const run = () => {
      this.leave();
      quiz({ id, title });
    };
    return h(
      "button",
      { type: "button", class: "zt-tool zt-quiz", title: label, "aria-label": label, onclick: run },
      icon("quiz"),
      h("span", { "aria-hidden": "true" }, t("quiz_me")),
    );
  }

  closeButton() {
    return h(
      "button",
      {
        type: "button",
        class: "zt-tool zt-reader-close",
        title: `${t("close")} (Esc)`,
        "aria-label": t("close"),
        onclick: () => this.close(),
      },
      icon("close"),
    );
  }

  /** Leave for another part of the page; Back leads here again. */
  leave() {
    history.replaceState({ ...history.state, zhituTop: this.scroller.scrollTop }, "");
    history.pushState(null, "", location.pathname + location.search);
    this.hide();
  }

  ask(detail) {
    this.leave();
    page.dispatchEvent(new CustomEvent("ask", { detail }));
  }

  /** Leave for where the view was opened. */
  close() {
    this.hide();
    if (depth() > 0) {
      this.leaving = true; // the first entry may have been the page's own address
      history.go(-depth());
    } else {
      history.replaceState(null, "", location.pathname + location.search);
    }
  }

  hide() {
    this.wanted = null;
    this.entry = null;
    document.title = this.title;
    if (this.dialog.open) this.dialog.close(); // the browser gives the focus back
    this.scroller.replaceChildren();
    this.bar.replaceChildren();
  }
}
