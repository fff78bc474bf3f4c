// The numbered passages: beside the conversation on a wide page, a sheet over it on a phone.

import { h, icon, langOf, readLink, t } from "./core.js";
import { placeErrata } from "./errata.js";
import { said } from "./failure.js";
import { passageNodes } from "./rich.js";

const narrow = matchMedia("(max-width: 959px)");

const words = (text) => text.replace(/\[@[^\]]*\]/g, "").replace(/[^\p{L}\p{N}]/gu, "");

/** Whether a source still says, where it was cited, what was quoted: it may have been edited. */
function holds(cited, quote) {
  const [there, then] = [words(cited), words(quote)];
  return there !== "" && (then.includes(there) || there.includes(then));
}

/** The text around a citation, or why there is none. */
function aroundNodes(answer, quote) {
  const note = (text) => h("p", { class: "zt-detail" }, text);
  if (!answer) return [note(t("lost_title"))];
  const { text, start, end, failure } = answer;
  if (failure?.kind === "UsageError") return [note(t("source_gone"))]; // no source of the index
  if (failure) return [note(said(failure, "found"))];
  const cited = [...text].slice(start, end).join(""); // the server counts whole characters
  if (holds(cited, quote)) return [passageNodes(text, [[start, end]])];
  return [note(t("source_changed")), passageNodes(text)];
}

export class Passages {
  /**
   * @param source asks the server for the text around a citation
   * @param prefix of ids, where a page has several of these
   */
  constructor(source, outline, prefix = "") {
    this.source = source;
    this.prefix = prefix;
    this.outline = outline; // what is shown while there are no passages
    this.turn = null;
    this.key = "";
    this.origin = null; // the button that led here; Esc leads back to it
    this.title = h("h2", { id: `${prefix}zt-passages-title` });
    this.close = h(
      "button",
      { type: "button", class: "zt-tool zt-sheet-close", onclick: () => this.hide() },
      icon("close"),
    );
    this.list = h("div", { class: "zt-passage-list" });
    this.element = h(
      "aside",
      { class: "zt-passages", "aria-labelledby": `${prefix}zt-passages-title` },
      h("div", { class: "zt-passages-head" }, this.title, this.close),
      this.list,
    );
    this.shade = h("div", { class: "zt-shade", onclick: () => this.hide() });
    this.element.addEventListener("keydown", (event) => {
      // Where nothing is to be closed or gone back to, the key belongs to the page: it stops an answer.
      if (event.key !== "Escape" || !(this.isOpen || this.origin)) return;
      event.stopPropagation();
      this.hide();
    });
    narrow.addEventListener("change", () => this.hide());
  }

  /** Show the passages of `turn` (null: the outline), unless they are shown already. */
  draw(turn, focus = {}, force = false) {
    const view = turn?.view;
    const key = JSON.stringify([turn?.id, view?.citations, view?.errata, focus]);
    if (key === this.key && !force) return;
    this.key = key;
    this.turn = turn;
    const below = view?.citations.length ? null : this.outline();
    this.close.setAttribute("aria-label", t("close"));
    this.title.replaceChildren(
      view?.citations.length || !below ? t("passages") : t("outline_title"),
    );
    if (view?.citations.length) {
      this.title.append(h("span", { class: "zt-count" }, String(view.citations.length)));
      const errataOf = placeErrata(view.errata, view.citations);
      this.list.replaceChildren(
        ...errataOf(null).other.map((erratum) => this.erratum(erratum)),
        ...view.citations.map((citation) =>
          this.passage(citation, errataOf(citation), focus[citation.n] ?? []),
        ),
      );
    } else {
      this.list.replaceChildren(below ?? h("p", { class: "zt-detail zt-pad" }, t("outline_none")));
    }
  }

  passage(citation, errata, focus) {
    const { n, path, kind, quote, highlights } = citation;
    const place = path.map((title, i) =>
      h(
        "li",
        { lang: langOf(title), "aria-current": i === path.length - 1 ? "true" : null },
        title,
      ),
    );
    return h(
      "article",
      {
        class: "zt-passage",
        id: `${this.prefix}p${n}`,
        tabindex: "-1",
        "aria-label": t("passage_label", { n: String(n), title: path.at(-1) }),
      },
      h(
        "header",
        {},
        h("span", { class: "zt-number" }, String(n)),
        h("ol", { class: "zt-path", "aria-label": t("place") }, ...place),
        kind === "note" ? null : h("span", { class: "zt-kind" }, t(`kind_${kind}`)),
      ),
      passageNodes(quote, highlights, focus),
      ...errata.quoted.map((erratum) => this.erratum(erratum)),
      errata.other.length
        ? h(
            "details",
            { class: "zt-errata" },
            h("summary", {}, icon("warn"), t("errata_other", { n: errata.other.length })),
            ...errata.other.map((erratum) => this.erratum(erratum)),
          )
        : null,
      this.footer(citation),
    );
  }

  erratum({ claim, correction, references }) {
    return h(
      "section",
      { class: "zt-erratum" },
      h("p", { class: "zt-erratum-title" }, icon("warn"), t("erratum")),
      h(
        "dl",
        {},
        h("dt", {}, t("erratum_claim")),
        h("dd", {}, passageNodes(claim)),
        h("dt", {}, t("erratum_right")),
        h("dd", {}, passageNodes(correction)),
      ),
      references.length ? h("p", { class: "zt-detail" }, references.join(", ")) : null,
    );
  }

  footer({ entry, path, quote, source }) {
    const web = /^https?:\/\//.test(source.url);
    const file = source.file.split(/[\\/]/).pop();
    const name = web ? source.title || source.url : file || source.title;
    const link = web
      ? h(
          "a",
          { href: source.url, target: "_blank", rel: "noopener noreferrer", title: source.url },
          icon("link"),
          h("span", {}, name),
        )
      : h("span", { class: "zt-file", title: source.file }, icon("book"), h("span", {}, name));
    const around = h("div", {
      class: "zt-around",
      role: "region",
      tabindex: "0", // it scrolls, so the keyboard must get into it
      "aria-label": t("around_label"),
      hidden: true,
    });
    const more = h(
      "button",
      { type: "button", class: "zt-more", "aria-expanded": "false" },
      t("around_show"),
    );
    more.addEventListener("click", async () => {
      const open = more.getAttribute("aria-expanded") === "false";
      if (open) {
        const { file, start, end } = source;
        const answer = await Promise.resolve(this.source({ file, start, end })).catch(() => null);
        around.replaceChildren(...aroundNodes(answer, quote));
      }
      around.hidden = !open;
      more.setAttribute("aria-expanded", String(open));
      more.textContent = t(open ? "around_hide" : "around_show");
    });
    const whole = readLink(entry, path.at(-1), t("read_whole"));
    return h("div", { class: "zt-passage-foot" }, link, whole, source.file ? more : null, around);
  }

  /** Bring passage `n` of `turn` into sight; `n` null: the passages as a whole. */
  show(turn, n, spans, origin) {
    this.origin = origin;
    this.draw(turn, n && spans?.length ? { [n]: spans } : {});
    if (narrow.matches) this.open();
    const target = n ? this.list.querySelector(`#${this.prefix}p${n}`) : this.list.firstElementChild;
    if (!target) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView(
      narrow.matches
        ? { block: "start" }
        : { block: "nearest", behavior: calm ? "auto" : "smooth" },
    );
    target.focus({ preventScroll: true });
    if (!n) return;
    target.classList.remove("zt-flash");
    void target.offsetWidth; // restarts the animation
    target.classList.add("zt-flash");
  }

  open() {
    document.documentElement.classList.add("zt-sheet-open");
    this.element.setAttribute("role", "dialog");
    this.element.setAttribute("aria-modal", "true");
    for (const other of this.element.parentElement.children) {
      if (other !== this.element && other !== this.shade) other.inert = true;
    }
  }

  /** Whether the sheet lies over the conversation. */
  get isOpen() {
    return document.documentElement.classList.contains("zt-sheet-open");
  }

  hide() {
    document.documentElement.classList.remove("zt-sheet-open");
    this.element.removeAttribute("role");
    this.element.removeAttribute("aria-modal");
    for (const other of this.element.parentElement.children) other.inert = false;
    if (this.element.contains(document.activeElement)) this.origin?.focus({ preventScroll: true });
    this.origin = null;
  }
}
