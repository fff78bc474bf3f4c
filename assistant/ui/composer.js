// Where the question is written: Enter sends, Shift+Enter breaks the line, the scope beside it.

import { h, icon, t } from "./core.js";
import { Scope } from "./scope.js";

export class Composer {
  /** @param actions {ask(text), stop()} */
  constructor(actions) {
    this.actions = actions;
    this.running = false;
    this.input = h("textarea", { id: "zt-question", rows: "1", autocomplete: "off" });
    this.label = h("label", { for: "zt-question", class: "zt-sr" });
    this.button = h("button", { type: "submit", class: "zt-send" });
    this.hint = h("span", { class: "zt-hint" });
    this.scope = new Scope((_, focus) => focus && this.focus());
    this.element = h(
      "form",
      { class: "zt-composer" },
      h(
        "div",
        { class: "zt-box" },
        this.label,
        this.input,
        h("div", { class: "zt-box-row" }, this.scope.element, this.hint, this.button),
      ),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.running ? this.actions.stop() : this.send();
    });
    this.input.addEventListener("input", () => this.fit());
    this.input.addEventListener("keydown", (event) => {
      // Enter that ends the choice of a Chinese word is the input method's, not ours (229: Safari).
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229)
        return;
      event.preventDefault();
      if (!this.running) this.send();
    });
    this.element.querySelector(".zt-box").addEventListener("click", (event) => {
      if (event.target === event.currentTarget) this.focus();
    });
  }

  get text() {
    return this.input.value;
  }

  relabel() {
    this.label.textContent = t("question_label");
    this.input.placeholder = t("question_placeholder");
    this.hint.textContent = t("keys");
    this.scope.label();
    this.drawButton();
  }

  send() {
    const text = this.input.value.trim();
    if (text) this.actions.ask(text);
    else this.focus();
  }

  set(text) {
    this.input.value = text;
    this.fit();
  }

  clear() {
    this.set("");
  }

  focus() {
    this.input.focus();
  }

  setRunning(running) {
    this.running = running;
    this.drawButton();
  }

  drawButton() {
    const text = t(this.running ? "stop" : "send");
    this.button.replaceChildren(icon(this.running ? "stop" : "send"));
    this.button.setAttribute("aria-label", text);
    this.button.title = this.running ? `${text} (Esc)` : `${text} (Enter)`;
    this.button.classList.toggle("zt-stop", this.running);
  }

  fit() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, 220)}px`;
  }
}
