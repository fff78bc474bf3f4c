// The small numbers in an entry's text: each opens a card with the reference behind it.

import { entryHref, h, icon, langOf, t } from "./core.js";
import { typeset } from "./formula.js";

const EDGE = 12; // pixels between the card and the edge of the page
const GAP = 8; // pixels between the card and its number
const ROOM = 220; // pixels that a card wants
const TALLEST = 440; // pixels; then it scrolls
const SLACK = 48; // pixels that the text may move under it: a finger is never quite still

/** Title, authors, where it appeared, a link to it, and our digest, folded. */
export function referenceNodes({ id, title, authors, year, venue, url, digest }) {
  return [
    h("p", { class: "zt-ref-title", lang: langOf(title) }, webLink(url, title)),
    whereNode({ authors, year, venue }),
    digest ? digestNode(id, digest) : null,
  ].filter(Boolean);
}

/** A link to another site; the words alone where the address is none. */
export function webLink(url, words) {
  if (!/^https?:\/\//.test(url)) return words;
  const end = /\S{0,12}$/.exec(words)[0]; // no line begins with the icon
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer" },
    words.slice(0, words.length - end.length),
    h("span", { class: "zt-keep" }, end, icon("link")),
  );
}

/** Authors, venue and year in one line. */
export function whereNode({ authors, year, venue }) {
  const names = authors.length > 4 ? [...authors.slice(0, 3), t("and_others")] : authors;
  const where = [names.join(t("comma")), [venue, year].filter(Boolean).join(" ")];
  return h("p", { class: "zt-detail" }, where.filter(Boolean).join(" · "));
}

function digestNode(id, digest) {
  const body = h("div", { class: "zt-prose zt-digest", lang: "zh-CN" });
  body.innerHTML = digest; // rendered by the server, which lets no markup of a note through
  typeset(body);
  body.append(
    h("p", {}, h("a", { href: entryHref(`references/${id}`) }, t("reference_open"), icon("right"))),
  );
  return h("details", {}, h("summary", {}, icon("right"), t("digest")), body);
}

/** A number never begins a line: it goes with the character before it. */
function keepWithText(marks) {
  const before = marks.previousSibling;
  if (before?.nodeType !== Node.TEXT_NODE || !before.data) return;
  const last = before.splitText(before.data.length - 1);
  const kept = h("span", { class: "zt-keep" });
  marks.before(kept);
  kept.append(last, marks);
}

export class Cited {
  constructor(article, references, scroller) {
    this.scroller = scroller;
    this.shownAt = 0; // where the text was scrolled to
    this.card = h("div", { class: "zt-ref-card", popover: "auto", role: "dialog", tabindex: "-1" });
    article.append(this.card);
    const known = new Map(references.map((reference) => [reference.id, reference]));
    for (const button of article.querySelectorAll("button.zt-cited")) {
      const reference = known.get(button.dataset.ref);
      keepWithText(button.closest("sup"));
      const label = t("cited_label", { n: button.textContent, title: reference?.title ?? "" });
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-haspopup", "dialog");
      button.title = reference?.title ?? "";
      button.addEventListener("click", () => this.show(button, reference));
    }
  }

  show(button, reference) {
    this.card.setAttribute("aria-label", button.getAttribute("aria-label"));
    const title = h("span", { class: "zt-ref-number" }, String(reference.n));
    this.card.replaceChildren(title, h("div", {}, ...referenceNodes(reference)));
    this.shownAt = this.scroller.scrollTop;
    this.card.showPopover();
    this.place(button.getBoundingClientRect());
    this.card.focus({ preventScroll: true });
  }

  /** The text goes on: the card does not, so it closes. */
  scrolled() {
    const far = Math.abs(this.scroller.scrollTop - this.shownAt) > SLACK;
    if (far && this.card.matches(":popover-open")) this.card.hidePopover();
  }

  /** Below the number where there is room, else above it; never over the edge. */
  place(at) {
    const { style, offsetWidth: width } = this.card;
    const [above, below] = [at.top - GAP - EDGE, innerHeight - at.bottom - GAP - EDGE];
    const hanging = below >= ROOM || below >= above;
    style.left = `${Math.max(EDGE, Math.min(at.left - 40, innerWidth - width - EDGE))}px`;
    style.top = hanging ? `${at.bottom + GAP}px` : "auto";
    style.bottom = hanging ? "auto" : `${innerHeight - at.top + GAP}px`;
    style.maxHeight = `${Math.min(TALLEST, hanging ? below : above)}px`;
  }
}
