// What a search missed: each question folds out to what came instead, and why.

import { h, langOf, readLink, t } from "./core.js";
import { failureOf } from "./cards.js";
import { choice, figure, kindName, searchName } from "./evals_words.js";
import { passageNodes } from "./rich.js";

const SHOWN = 20; // misses drawn until all are asked for

export class Misses {
  constructor(server) {
    this.server = server;
    this.run = null;
    this.of = ""; // the configuration whose misses are shown
    this.all = false;
    this.element = h("section", { class: "zt-misses" });
  }

  setRun(run) {
    this.run = run;
    this.of = run.configurations[0].name;
    this.all = false;
  }

  draw() {
    const { misses, configurations } = this.run;
    const options = configurations.map(({ name }) => [
      name,
      `${searchName(name)} (${misses[name].length})`,
    ]);
    const choose = (value) => {
      this.of = value;
      this.all = false;
      this.draw();
      this.element.querySelector("select").focus();
    };
    const found = misses[this.of];
    const shown = this.all ? found : found.slice(0, SHOWN);
    const more = () => {
      this.all = true;
      this.draw();
      this.element.querySelectorAll("summary")[SHOWN]?.focus();
    };
    const rest = h(
      "button",
      { type: "button", class: "zt-more-kept", onclick: more },
      t("show_all", { n: found.length }),
    );
    this.element.replaceChildren(
      h("h3", {}, t("misses_title")),
      choice(t("misses_of"), options, this.of, choose),
      ...(found.length ? [] : [h("p", { class: "zt-detail" }, t("misses_none"))]),
      ...shown.map((item) => this.miss(item)),
      ...(shown.length < found.length ? [rest] : []),
    );
  }

  /** Drawn when it is first opened: a run may have hundreds. */
  miss(item) {
    const body = h("div", { class: "zt-miss-body" });
    const draw = () => body.childNodes.length || body.append(...this.body(item));
    return h(
      "details",
      { class: "zt-miss", ontoggle: draw },
      h(
        "summary",
        {},
        h("span", { lang: langOf(item.q) }, item.q),
        h("small", {}, kindName(item.kind)),
      ),
      body,
    );
  }

  body(item) {
    if (item.hits) {
      return [
        h("h4", {}, t("miss_wanted")),
        h("ul", {}, ...item.wanted.map((one) => wanted(one))),
        h("h4", {}, t("miss_came")),
        item.hits.length
          ? h("ol", {}, ...item.hits.map((hit, i) => this.hit(hit, i + 1)))
          : h("p", { class: "zt-detail" }, t("misses_none")),
      ];
    }
    const texts = [item.against, item.answer].filter(Boolean);
    const given = item.given
      ? [h("p", {}, t("miss_expected", { expected: item.expected, given: item.given }))]
      : [];
    return [...texts.map((text) => h("p", { lang: langOf(text) }, text)), ...given];
  }

  hit(hit, rank) {
    const text = h("blockquote", { hidden: true });
    const show = h("button", { type: "button", class: "zt-show", "aria-expanded": "false" });
    show.textContent = t("miss_passage");
    show.addEventListener("click", async () => {
      const open = text.hidden;
      if (open && !text.childNodes.length) {
        const { entry, chunk } = hit;
        const found = await this.server.passage({ entry, chunk });
        const { failure } = found;
        text.replaceChildren(
          failure ? failureOf(failure, t("evals_failed")) : passageNodes(found.text),
        );
      }
      text.hidden = !open;
      show.setAttribute("aria-expanded", String(open));
      show.textContent = t(open ? "miss_passage_hide" : "miss_passage");
    });
    const facts = [t("miss_score", { score: figure(hit.score) }), legs(hit.legs)];
    if (hit.linked) facts.push(t("miss_linked"));
    return h("li", {}, place(hit, `${rank}.`), h("small", {}, facts.join(" · ")), show, text);
  }
}

function wanted(one) {
  const rank = one.rank ? t("miss_rank", { rank: one.rank }) : t("miss_lost");
  return h("li", {}, place(one), h("small", {}, `${rank} · ${legs(one.legs)}`));
}

/** Where an entry stands on the map, its own title last, and a link to read it. */
function place({ entry, path }, number = "") {
  const title = path.at(-1);
  const above = path.slice(0, -1).join(" › ");
  return h(
    "p",
    { class: "zt-place" },
    number ? h("span", { class: "zt-rank" }, number) : null,
    h("span", { class: "zt-above", lang: langOf(above) }, above ? `${above} › ` : ""),
    h("b", { lang: langOf(title) }, title),
    readLink(entry, title),
  );
}

function legs(found) {
  const said = Object.entries(found).map(([name, { rank, score }]) =>
    t("miss_legs", { name: searchName(name), rank, score: figure(score) }),
  );
  return said.join(t("comma")) || t("miss_no_leg");
}
