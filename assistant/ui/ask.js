// The Ask tab: conversation on the left, passages on the right, and the stream from the server.

import { onArrival } from "./arrive.js";
import { announce, h, icon, page, t, toast } from "./core.js";
import { banner, modelHint } from "./cards.js";
import { Composer } from "./composer.js";
import { emptyState, outlineTree } from "./empty.js";
import { Passages } from "./passages.js";
import { Shown } from "./shown.js";
import { refresh, status } from "./status.js";
import * as store from "./store.js";
import { TurnElement } from "./turn.js";
import { Wanted } from "./wanted.js";

const SAVE_EVERY = 1000; // ms, while an answer is written

// A `TurnView` before the server has said anything.
const NOTHING_YET = {
  phase: "searching",
  understood: "",
  language: "zh",
  refused: false,
  reason: "",
  near: [],
  citations: [],
  errata: [],
  sentences: [],
  pending: "",
  removed: 0,
  model: "",
  model_error: "",
  failure: null,
};

export function mount(element, bridge) {
  new Ask(element.querySelector(".zt-ask"), bridge);
}

class Ask {
  constructor(root, bridge) {
    this.bridge = bridge;
    this.elements = new Map(); // id of a turn → TurnElement
    this.outline = { nodes: [], examples: {} };
    this.saved = 0;
    this.outlineOf = ""; // the state of the index that it was read at
    this.shown = new Shown(bridge.server, {
      stop: () => this.stop(),
      end: () => this.end(),
      quit: () => this.current && bridge.trigger("stop", {}),
      draw: () => this.drawAnew(),
      focus: () => this.composer.focus(),
    });
    this.composer = new Composer({ ask: (text) => this.ask(text), stop: () => this.stop() });
    this.passages = new Passages(
      (place) => bridge.server.source(place),
      () => (this.outline.nodes.length ? this.outlineNodes() : null),
    );
    this.picker = new Wanted(bridge.server);
    this.above = h("div", { class: "zt-banner" });
    this.list = h("div", { class: "zt-turns" });
    this.tools = h("div", { class: "zt-bar-tools" });
    this.bar = h("div", { class: "zt-bar" }, this.shown.list.element, this.tools);
    this.scroller = h("div", { class: "zt-scroll" }, this.list);
    this.talk = h(
      "section",
      { class: "zt-talk" },
      this.bar,
      this.above,
      this.scroller,
      this.composer.element,
    );
    root.replaceChildren(this.talk, this.passages.shade, this.passages.element);
    bridge.watch("value", () => this.receive(bridge.props.value));
    page.addEventListener("language", () => this.draw());
    status.addEventListener("change", () => this.statusChanged());
    document.addEventListener("keydown", (event) => this.key(event));
    this.draw();
    this.scroller.scrollTop = this.scroller.scrollHeight;
    if (status.now) this.statusChanged();
    onArrival("ask", (detail) => this.askAbout(detail));
  }

  get turns() {
    return this.shown.turns;
  }

  get current() {
    const last = this.turns.at(-1);
    return last && this.elements.get(last.id)?.running() ? last : null;
  }

  draw() {
    this.talk.setAttribute("aria-label", t("conversation"));
    this.elements.clear();
    this.above.replaceChildren(...[banner()].filter(Boolean));
    for (const turn of this.turns) this.elements.set(turn.id, new TurnElement(turn, this));
    this.list.replaceChildren(...[...this.elements.values()].map((turn) => turn.element));
    this.composer.relabel();
    this.shown.list.label();
    this.drawAround();
    this.passages.draw(this.passages.turn ?? this.turns.at(-1) ?? null, {}, true);
  }

  /** Another conversation is shown. */
  drawAnew() {
    this.passages.hide();
    this.passages.turn = null;
    this.draw();
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The parts that depend on whether there is a conversation, and on whether one is running. */
  drawAround() {
    const bare = this.turns.length === 0;
    this.talk.classList.toggle("zt-bare", bare);
    if (bare) {
      this.list.replaceChildren(
        emptyState(this.outline, {
          ask: (text) => this.ask(text),
          undo: this.shown.hasPrevious() ? () => this.shown.undo() : null,
          hint: modelHint(),
        }),
      );
    }
    const tool = (name, text, run) =>
      h(
        "button",
        { type: "button", class: "zt-foot-tool", onclick: run },
        icon(name),
        h("span", {}, text),
      );
    this.tools.replaceChildren(
      ...(bare
        ? []
        : [
            tool("plus", t("new"), () => this.startAnew()),
            tool("save", t("export"), () => this.save()),
          ]),
    );
    this.composer.setRunning(Boolean(this.current));
    status.busy = Boolean(this.current);
  }

  outlineNodes() {
    return outlineTree(this.outline, (node) => {
      this.composer.scope.choose(node);
      this.passages.hide();
      this.composer.focus();
    });
  }

  ask(question, scope = this.composer.scope.value) {
    if (this.current) return;
    const history = store.historyOf(this.turns);
    const id = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
    const turn = {
      id,
      question,
      scope,
      asked: Date.now(),
      stopped: false,
      view: { ...NOTHING_YET, id },
    };
    if (this.turns.length === 0) this.list.replaceChildren();
    this.turns.push(turn);
    const drawn = new TurnElement(turn, this);
    this.elements.set(turn.id, drawn);
    this.list.append(drawn.element);
    this.composer.clear();
    this.drawAround();
    this.passages.draw(turn);
    drawn.element.scrollIntoView({ block: "start" });
    this.shown.asked();
    announce(t("searching"));
    this.bridge.trigger("submit", { id: turn.id, question, scope: scope?.id ?? null, history });
    setTimeout(refresh, 1500); // begins to watch whether the server is there
  }

  /** A question from another part of the page, or none: then `entry` is where to look. */
  askAbout({ question, entry }) {
    this.passages.hide();
    if (question && !this.current) {
      this.ask(question, entry);
      return;
    }
    if (entry) this.composer.scope.choose(entry, false);
    if (question) this.composer.set(question); // one is being answered: this one waits
    this.composer.focus();
  }

  receive(view) {
    const turn = this.current;
    if (!turn || view?.id !== turn.id) return; // of a question that was stopped
    const first = turn.view.phase === "searching" && view.phase !== "searching";
    const following = this.atFoot();
    turn.view = view;
    const over = ["done", "failed"].includes(view.phase);
    if (over) turn.seconds = Math.max(0, Date.now() - turn.asked) / 1000; // a clock may be set
    this.elements.get(turn.id).update();
    if (this.passages.turn?.id === turn.id || first) this.passages.draw(turn);
    if (following) this.scroller.scrollTop = this.scroller.scrollHeight;
    if (first && view.citations.length) announce(t("found", { n: view.citations.length }));
    if (over || first || Date.now() - this.saved > SAVE_EVERY) {
      this.saved = Date.now();
      this.shown.save();
    }
    if (!over) return;
    this.shown.settled();
    this.drawAround();
    announce(view.refused ? `${t("refused_title")} ${view.reason}` : store.answerText(view));
    if (view.failure?.kind === "UsageError" && !this.composer.text)
      this.composer.set(turn.question);
    if (view.stale) refresh();
  }

  stop() {
    if (!this.end()) return;
    announce(t("stopped"));
    this.composer.focus();
  }

  /** Returns whether an answer was being written. */
  end() {
    const turn = this.current;
    if (!turn) return false;
    this.bridge.trigger("stop", {});
    this.halt(turn);
    return true;
  }

  halt(turn) {
    turn.stopped = true;
    turn.view = { ...turn.view, pending: "" };
    this.elements.get(turn.id).update();
    this.shown.settled();
    this.drawAround();
  }

  atFoot() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  // What a turn may ask for: `actions` of TurnElement.

  show(turn, n, sentence, origin) {
    const spans = sentence === null ? [] : turn.view.sentences[sentence]?.highlights?.[n];
    this.passages.show(turn, n, spans, origin);
  }

  again(turn) {
    this.ask(turn.question, turn.scope);
  }

  wanted(turn) {
    this.picker.open(turn.view.understood || turn.question, this.outline.nodes);
  }

  // The conversation as a whole.

  startAnew() {
    this.shown.begin();
    this.composer.focus();
    toast(t("new_done"), { text: t("undo"), run: () => this.shown.undo() }, 8);
  }

  save() {
    const day = new Date().toISOString().slice(0, 10);
    store.download(`zhitu-${day}.md`, store.markdown(this.turns));
  }

  async statusChanged() {
    const now = status.now;
    this.above.replaceChildren(...[banner()].filter(Boolean));
    if (status.lost && this.current) this.halt(this.current);
    for (const turn of this.turns) {
      if (turn.view.failure?.kind !== "IndexStateError") continue;
      const drawn = this.elements.get(turn.id);
      drawn.notes.ztKey = ""; // its card follows the state of the index
      drawn.update();
    }
    const key = JSON.stringify([
      now?.phase,
      now?.index,
      now?.entries,
      now?.chunks,
      now?.indexing.runs,
    ]);
    if (now?.phase === "ready" && !now.indexing.running && key !== this.outlineOf) {
      this.outlineOf = key;
      const outline = await this.bridge.server.outline({});
      if (outline?.nodes) this.outline = outline;
      this.composer.scope.setNodes(this.outline.nodes);
      if (!this.passages.turn?.view.citations.length)
        this.passages.draw(this.passages.turn, {}, true);
    }
    if (!this.turns.length) this.drawAround();
  }

  key(event) {
    if (document.querySelector("dialog[open]")) return; // the reading view has keys of its own
    if (!this.talk.checkVisibility()) return; // another tab is open
    const typing =
      /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    if (event.key === "Escape" && !event.isComposing && !event.repeat) {
      if (this.passages.isOpen) this.passages.hide();
      else this.stop();
    }
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.composer.focus();
    }
  }
}
