// The text of an answer, sentence by sentence. It grows in place: what is on the page is not drawn
// again while it stays the same, so focus, selection and tooltips survive the stream.

import { h, langOf, t } from "./core.js";
import { bullet, sentenceNodes } from "./rich.js";
import { withoutMarkers } from "./store.js";

export class AnswerElement {
  /** @param show (n, place of the sentence or null, button) brings a passage into sight */
  constructor(show) {
    this.show = show;
    this.element = h("div", { class: "zt-answer" });
    this.pending = h("span", { class: "zt-pending" }); // what is written and not yet checked
    this.waiting = null;
    this.reset();
  }

  reset() {
    this.element.replaceChildren();
    this.drawn = []; // keys of the sentences on the page
    this.block = null; // paragraph, list item or quotation that the next sentence may join
    this.quoted = null; // {n, element}: the quotation that is open
  }

  /** Bring the page to what `view` says. */
  draw(view, running) {
    this.citations = view.citations;
    const keys = view.sentences.map((s) => JSON.stringify([s.text, s.status, s.citations, s.lead]));
    this.takePendingAway();
    if (!this.drawn.every((key, i) => key === keys[i])) this.reset();
    this.element.lang = view.language === "en" ? "en" : "zh-CN";
    for (let i = this.drawn.length; i < keys.length; i += 1) this.add(view.sentences[i], i);
    this.drawn = keys;
    const pending = withoutMarkers(view.pending, view.citations);
    if (pending.trim()) this.addPending(pending);
    else if (running && !view.refused) this.addWaiting(view.phase);
  }

  takePendingAway() {
    this.waiting?.remove();
    this.pending.remove();
    this.ownBlock?.remove();
    this.ownBlock = null;
  }

  addPending(text) {
    this.pending.textContent = text.trimStart();
    if (this.block && !/^\s*\n/.test(text)) this.block.append(this.pending);
    else this.ownBlock = this.element.appendChild(h("p", {}, this.pending));
  }

  /** What the reader sees while there is nothing to read yet. */
  addWaiting(phase) {
    this.waiting = h(
      "p",
      { class: "zt-waiting" },
      h("span", { class: "zt-dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
      t(phase === "searching" ? "searching" : "thinking"),
    );
    this.element.append(this.waiting);
  }

  add(sentence, index) {
    const text = withoutMarkers(sentence.text, this.citations);
    const marker = bullet(text);
    const quoted = sentence.status === "quoted";
    if (quoted) this.openQuotation(text, sentence.citations[0]);
    else if (marker) this.openItem();
    else if (!this.block || sentence.lead === "\n") this.block = this.element.appendChild(h("p"));
    else if (sentence.lead) this.block.append(sentence.lead);
    const unsupported = sentence.status === "unsupported";
    this.block.append(
      h(
        "span",
        {
          class: `zt-sentence zt-${sentence.status}`,
          title: unsupported ? t("unsupported_title") : null,
        },
        h("span", { class: "zt-said" }, ...sentenceNodes(text.slice(marker.length))),
        ...(unsupported ? flag() : []),
        ...(quoted ? [] : sentence.citations.map((n) => this.cite(n, index))),
      ),
    );
  }

  openItem() {
    const last = this.element.lastElementChild;
    const list = last?.tagName === "UL" ? last : this.element.appendChild(h("ul"));
    this.block = list.appendChild(h("li"));
  }

  /** Quotations of one passage stand together, under its number and title. */
  openQuotation(text, n) {
    if (this.quoted?.n !== n) {
      const title = this.passage(n)?.path.at(-1) ?? "";
      const head = h(
        "div",
        { class: "zt-quote-head" },
        this.cite(n, null),
        h("span", { lang: langOf(title) }, title),
      );
      this.quoted = { n, element: this.element.appendChild(h("blockquote", {}, head)) };
    }
    this.block = this.quoted.element.appendChild(h("p", { lang: langOf(text) }));
  }

  passage(n) {
    return this.citations.find((citation) => citation.n === n);
  }

  /** The button `[n]` that leads to passage n. */
  cite(n, index) {
    const passage = this.passage(n);
    if (!passage) return null;
    return h(
      "button",
      {
        type: "button",
        class: "zt-cite",
        "aria-label": t("cite_label", { n: String(n), title: passage.path.at(-1) }),
        title: passage.path.join(" › "),
        onclick: (event) => this.show(n, index, event.currentTarget),
      },
      `[${n}]`,
    );
  }
}

/** No support in the notes: said by a sign and, to a screen reader, in words. */
const flag = () => [
  h("span", { class: "zt-flag", "aria-hidden": "true" }, "?"),
  h("span", { class: "zt-sr" }, t("unsupported_aside")),
];
