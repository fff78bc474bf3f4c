// Who is learning, in the header: switch, add, rename. Nobody has to: there is always one.

import { announce, h, icon, page, t, toast } from "./core.js";
import { sentenceOf } from "./failure.js";
import { asker, choose, profile } from "./people.js";

export class ProfileChooser {
  /** @param server {profiles, create_profile, rename_profile} */
  constructor(server) {
    this.server = server;
    this.people = [];
    this.failure = null;
    this.summary = h("summary", { class: "zt-tool zt-profile-button" });
    this.popover = h("div", { class: "zt-popover zt-profile-popover" });
    this.element = h("details", { class: "zt-profile" }, this.summary, this.popover);
    const away = (event) => this.element.contains(event.target) || this.close(false);
    this.element.addEventListener("toggle", () => {
      if (this.element.open) {
        document.addEventListener("pointerdown", away);
        this.load();
      } else document.removeEventListener("pointerdown", away);
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      event.stopPropagation();
      this.close(true);
    });
    page.addEventListener("profile", () => this.load());
    this.draw();
    this.load();
  }

  close(focus) {
    this.element.open = false;
    if (focus) this.summary.focus();
  }

  async load() {
    this.take(await this.ask("profiles"));
  }

  async ask(name, given = {}) {
    try {
      return await this.server[name]({ ...asker(), ...given });
    } catch {
      return null; // the banner says that the server is lost
    }
  }

  /** Returns whether it was an answer; what went wrong is shown. */
  take(answer) {
    this.failure = answer?.failure ?? null;
    if (answer?.profiles) {
      this.people = answer.profiles;
      if (answer.profile !== profile()) choose(answer.profile);
    }
    this.draw();
    return Boolean(answer?.profiles);
  }

  get mine() {
    return this.people.find((one) => one.id === profile());
  }

  draw() {
    const name = this.mine?.name ?? "";
    const label = t("profile_label", { name });
    this.summary.title = label;
    this.summary.dataset.name = name;
    this.summary.replaceChildren(
      h("span", { class: "zt-initial", "aria-hidden": "true" }, [...name][0] ?? "·"),
      h("span", { class: "zt-sr" }, label),
    );
    if (!this.element.open) {
      this.popover.replaceChildren();
      return;
    }
    const rows = this.people.map((one) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            "aria-current": String(one.id === profile()),
            onclick: () => this.switchTo(one),
          },
          h("span", {}, one.name),
          one.id === profile() ? icon("check") : null,
        ),
      ),
    );
    this.popover.replaceChildren(
      h("p", { class: "zt-profile-title" }, t("profile_title")),
      h("ul", {}, ...rows),
      this.field(t("profile_add_label"), t("profile_add"), "", "create_profile"),
      this.field(t("profile_rename_label"), t("profile_rename"), name, "rename_profile"),
      this.failure
        ? h("p", { class: "zt-profile-wrong", role: "alert" }, sentenceOf(this.failure))
        : "",
    );
  }

  field(label, text, value, action) {
    const input = h("input", { type: "text", maxlength: "60", value, autocomplete: "off" });
    const form = h(
      "form",
      { class: "zt-profile-form" },
      h("label", {}, h("span", {}, label), input),
      h("button", { type: "submit", class: "zt-button" }, text),
    );
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!input.value.trim()) {
        input.focus();
        return;
      }
      const kept = this.take(await this.ask(action, { name: input.value }));
      if (!kept) return;
      this.close(true);
      toast(t("profile_now", { name: this.mine?.name ?? "" }));
    });
    return form;
  }

  switchTo(one) {
    this.close(true);
    if (one.id === profile()) return;
    choose(one.id);
    this.draw();
    announce(t("profile_now", { name: one.name }));
  }
}
