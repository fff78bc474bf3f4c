// What a learner may do with all that is kept of them: take it along, or delete it.

import { h, icon, page, t, toast } from "./core.js";
import { button, failureOf } from "./cards.js";
import { dropAll } from "./copies.js";
import { profile, progressed } from "./people.js";
import { saveFile } from "./save_file.js";

export class DataView {
  /** @param server {anki, export, delete, who} */
  constructor(server) {
    this.server = server;
    this.failed = h("div");
    this.element = h("section", { class: "zt-rv-data" });
    this.dialog = h("dialog", {
      class: "zt zt-confirm",
      "aria-labelledby": "zt-rv-delete-title",
      onclick: (event) => event.target === this.dialog && this.dialog.close(),
    });
    document.body.append(this.dialog);
  }

  draw() {
    const file = (name) => async (event) => {
      const pressed = event.currentTarget;
      pressed.setAttribute("aria-busy", "true");
      const answer = await this.server[name]();
      pressed.removeAttribute("aria-busy");
      if (this.wrong(answer)) return;
      saveFile(answer);
      toast(t("saved", { name: answer.name }));
    };
    this.element.replaceChildren(
      h("h2", {}, t("rv_data")),
      h("p", { class: "zt-detail" }, t("rv_data_text")),
      h(
        "div",
        { class: "zt-iv-buttons" },
        button(t("rv_anki"), file("anki")),
        button(t("rv_export"), file("export")),
        button(t("rv_delete"), () => this.ask(), "zt-danger"),
      ),
      this.failed,
    );
  }

  wrong(answer) {
    this.failed.replaceChildren(
      ...(answer.failure ? [failureOf(answer.failure, t("error_Unexpected"))] : []),
    );
    return Boolean(answer.failure);
  }

  ask() {
    const name = document.querySelector(".zt-profile-button")?.dataset.name ?? "";
    const yes = button(t("rv_delete_yes"), () => this.remove(), "zt-danger");
    const no = button(t("rv_delete_no"), () => this.dialog.close(), "zt-primary");
    this.dialog.replaceChildren(
      h("h2", { id: "zt-rv-delete-title" }, icon("warn"), t("rv_delete_title", { name })),
      h("p", {}, t("rv_delete_text")),
      h("div", { class: "zt-iv-buttons" }, no, yes),
    );
    this.dialog.showModal();
    no.focus();
  }

  async remove() {
    this.dialog.close();
    const answer = await this.server.delete();
    if (this.wrong(answer)) return;
    toast(t("rv_deleted"));
    dropAll(profile()); // the conversations in this browser's tabs
    page.dispatchEvent(new Event("deleted"));
    progressed();
  }
}
