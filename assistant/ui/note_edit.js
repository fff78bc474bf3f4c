// Own notes in the reading view: the line that an erratum speaks of, and an editor for the entry.

import { h, langOf, t } from "./core.js";
import { button, card, failureOf } from "./cards.js";
import { refresh, reindex, status } from "./status.js";

const DRAFT = "zhitu.note."; // and the id of the entry: what is typed survives a closed view

/** What can be mended in the entry that the reading view shows. */
export async function offerEdits(reader, entry) {
  if (entry.kind === "reference") return;
  const answer = await reader.server.note_lines({ id: entry.id }).catch(() => null);
  if (reader.entry !== entry || !answer || answer.failure) return;
  const edit = (line = null, right = null) =>
    new NoteEditor(reader, line?.entry ?? entry.id, line, right).open();
  if (answer.editable) {
    const opener = button(t("note_edit"), () => edit(), "zt-note-edit");
    opener.title = t("note_edit_title", { title: entry.title });
    reader.bar.lastChild.before(opener);
  }
  const errata = reader.scroller.querySelectorAll(".zt-erratum");
  for (const line of answer.lines) {
    const right = errata[line.erratum]?.querySelector(":scope > div");
    errata[line.erratum]?.append(lineNode(entry, line, () => edit(line, right?.cloneNode(true))));
  }
  if (errata.length && !entry.own && !answer.lines.length) {
    reader.scroller
      .querySelector("#zt-errata")
      ?.append(h("p", { class: "zt-detail zt-note-builtin" }, t("note_builtin")));
  }
}

function lineNode(entry, line, run) {
  const where = line.entry === entry.id ? "note_line" : "note_line_in";
  return h(
    "div",
    { class: "zt-note-line" },
    h("p", { class: "zt-erratum-label" }, t(where, line)),
    h("p", { lang: langOf(line.text) }, line.text),
    button(t("note_line_fix"), run),
  );
}

class NoteEditor {
  /**
   * @param line {start, end} of the claim to stand at; null: the entry as a whole
   * @param right what an erratum says instead of it
   */
  constructor(reader, id, line, right) {
    this.right = right;
    this.reader = reader;
    this.id = id;
    this.line = line;
    this.area = h("textarea", { id: "zt-note-text", spellcheck: "false" });
    this.says = h("div");
    this.area.addEventListener("input", () => this.keepDraft());
    this.area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
    });
  }

  async open() {
    const answer = await this.ask("note_open", { at: this.line?.start ?? null });
    if (!answer?.passage) {
      this.reader.scroller.prepend(h("div", { class: "zt-page zt-page-bare" }, this.wrong(answer, "note_not_opened")));
      this.reader.scroller.scrollTop = 0;
      return;
    }
    this.passage = answer.passage;
    this.area.value = this.draft() ?? this.passage.text;
    this.draw();
    this.area.focus();
    this.point();
  }

  draw() {
    const { file, line, backup, undo } = this.passage;
    const title = this.reader.entry.id === this.id ? this.reader.entry.title : file;
    this.reader.scroller.onscroll = null;
    this.reader.scroller.replaceChildren(
      h(
        "form",
        { class: "zt-page zt-page-bare zt-note-form" },
        h("h1", { id: "zt-entry-title", tabindex: "-1" }, t("note_edit_title", { title })),
        this.right ? h("aside", { class: "zt-note-right" }, h("p", { class: "zt-erratum-label" }, t("erratum_right")), this.right) : null,
        h("label", { for: "zt-note-text", class: "zt-detail" }, t("note_text", { file, line })),
        this.area,
        this.says,
        h(
          "div",
          { class: "zt-note-ways" },
          h("button", { type: "submit", class: "zt-button zt-primary" }, t("note_save")),
          button(t("note_cancel"), () => this.leave()),
          undo ? button(t("note_undo"), () => this.undo()) : null,
          h("span", { class: "zt-detail" }, t("note_keys")),
        ),
        undo ? h("p", { class: "zt-detail" }, t("note_backup", { name: backup })) : null,
      ),
    );
    this.reader.scroller.scrollTop = 0;
    this.reader.scroller.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.reader.bar.querySelector(".zt-note-edit")?.remove();
  }

  /** Select the claim, and bring its line into view. */
  point() {
    if (!this.line || this.area.value !== this.passage.text) return;
    const start = this.line.start - this.passage.start;
    this.area.setSelectionRange(start, this.line.end - this.passage.start);
    const above = this.area.value.slice(0, start).split("\n").length - 1;
    const line = parseFloat(getComputedStyle(this.area).lineHeight);
    this.area.scrollTop = Math.max(0, (above - 4) * line);
  }

  async save() {
    const { start, end, text, sha256 } = this.passage;
    if (this.area.value === text) {
      this.leave();
      return;
    }
    const answer = await this.ask("note_save", { start, end, text: this.area.value, sha256 });
    if (answer?.passage) this.saved("note_saved");
    else this.says.replaceChildren(this.wrong(answer, "note_failed"));
  }

  async undo() {
    const answer = await this.ask("note_undo");
    if (answer?.passage) this.saved("note_undone");
    else this.says.replaceChildren(this.wrong(answer, "note_failed"));
  }

  /** Show the entry again, and once more when the index holds what was written. */
  saved(said) {
    let text = said;
    this.dropDraft();
    const { reader } = this;
    const shown = reader.entry?.id;
    if (!shown) return;
    const say = () => reader.scroller.prepend(this.message(text)); // a toast lies under the dialog
    reader.draw();
    say();
    whenIndexed(async () => {
      if (reader.entry?.id !== shown || reader.scroller.querySelector(".zt-note-form")) return;
      await reader.show(shown);
      text = text === "note_saved" ? "note_indexed" : text;
      if (reader.entry?.id === shown) say();
    });
  }

  message(text) {
    const undo = text !== "note_undone" ? button(t("note_undo"), () => this.undo()) : null;
    this.says = h("div", { class: "zt-note-said", role: "status" }, card("info", t(text), undo));
    return this.says;
  }

  leave() {
    this.dropDraft();
    this.reader.draw();
  }

  wrong(answer, title) {
    return failureOf(answer?.failure ?? { kind: "lost", found: t("lost_text"), next_step: "" }, t(title));
  }

  ask(name, given = {}) {
    return this.reader.server[name]({ id: this.id, ...given }).catch(() => null);
  }

  draft() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(DRAFT + this.id));
      return kept?.sha256 === this.passage.sha256 && kept.start === this.passage.start ? kept.text : null;
    } catch {
      return null;
    }
  }

  keepDraft() {
    const { sha256, start } = this.passage;
    try {
      sessionStorage.setItem(DRAFT + this.id, JSON.stringify({ sha256, start, text: this.area.value }));
    } catch {
      // storage is switched off or full: the text is in the box
    }
  }

  dropDraft() {
    try {
      sessionStorage.removeItem(DRAFT + this.id);
    } catch {
      // storage is switched off: there is none
    }
  }
}

/** Run once the index is up to date; a run that had begun before the file was written is repeated. */
function whenIndexed(run) {
  const before = status.now?.indexing.runs ?? 0;
  let again = true;
  const look = () => {
    const now = status.now;
    if (!now || now.indexing.running || now.indexing.runs <= before) return;
    if (now.stale.length && again && !now.indexing.failure) {
      again = false;
      reindex();
      return;
    }
    status.removeEventListener("change", look);
    run();
  };
  status.addEventListener("change", look);
  refresh();
}
