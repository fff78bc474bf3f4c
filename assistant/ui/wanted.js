// "This should have found…": one click puts a question into the learner's own set.

import { h, icon, langOf, page, t, toast } from "./core.js";
import { sentenceOf } from "./failure.js";
import { Scope } from "./scope.js";

/** The scope selector's list without its button: it stands open in a dialog. */
class EntryList extends Scope {
  close(focus = true) {
    if (focus) this.away(); // Escape; a click elsewhere is the dialog's to judge
  }
}

export class Wanted {
  /** @param server {add_own({q, entries}), remove_own({id})} */
  constructor(server) {
    this.server = server;
    this.question = "";
    this.list = new EntryList((entry) => this.add(entry), "zt-wanted", false);
    this.list.away = () => this.dialog.close();
    this.dialog = h("dialog", {
      class: "zt zt-wanted",
      "aria-labelledby": "zt-wanted-title",
      onclick: (event) => event.target === this.dialog && this.dialog.close(),
    });
    document.body.append(this.dialog);
  }

  open(question, nodes) {
    this.question = question;
    this.list.value = null;
    this.list.input.value = "";
    this.list.setNodes(nodes);
    this.list.popover.hidden = false;
    const close = h(
      "button",
      {
        type: "button",
        class: "zt-tool",
        "aria-label": t("close"),
        onclick: () => this.dialog.close(),
      },
      icon("close"),
    );
    this.dialog.replaceChildren(
      h(
        "div",
        { class: "zt-wanted-head" },
        h("h2", { id: "zt-wanted-title" }, t("wanted_title")),
        close,
      ),
      h("p", { class: "zt-wanted-question", lang: langOf(question) }, question),
      h("p", { class: "zt-detail" }, t("wanted_text")),
      this.list.popover,
    );
    this.dialog.showModal();
    this.list.draw();
    this.list.input.focus();
  }

  async add(entry) {
    const q = this.question;
    this.dialog.close();
    const answer = await this.server.add_own({ q, entries: [entry.id] });
    if (answer.failure) {
      toast(sentenceOf(answer.failure), null, 8);
      return;
    }
    page.dispatchEvent(new Event("own"));
    const undo = async () => {
      await this.server.remove_own({ id: answer.id });
      page.dispatchEvent(new Event("own"));
      toast(t("wanted_undone"));
    };
    toast(t("wanted_added", { title: entry.title }), { text: t("undo"), run: undo }, 8);
  }
}
