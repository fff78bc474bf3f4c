// One entry as it is read: what stands in it, what it rests on, and where to go from it.
// `…html` comes from the server, where nothing of a note can become an element of its own.

import { entryHref, h, icon, langOf, t } from "./core.js";
import { Cited, referenceNodes, webLink, whereNode } from "./cited.js";
import { typeset } from "./formula.js";

const PARTS = { 要点: "part_points", 详解: "part_details", 出处: "part_origin" };
const LONG = 4; // headings, from which on a table of contents helps

const html = (tag, properties, text) => {
  const element = h(tag, properties);
  element.innerHTML = text;
  return element;
};

/** @param actions {ask(question, scoped), scroller} */
export function drawEntry(entry, actions) {
  const parts = entry.sections.map(({ title, html: text, heads }, i) =>
    part(`zt-part-${i}`, title && (title in PARTS ? t(PARTS[title]) : title), heads, [
      html("div", { class: "zt-prose" }, text),
    ]),
  );
  // Errata stand after what they correct: the key points, or all that an own note says.
  const keyPoints = entry.sections[0]?.title === "要点" ? 1 : 0;
  const points = entry.own ? parts.length : keyPoints;
  const family = list("zt-children", t("children"), entry.children);
  const blocks = [
    ...parts.slice(0, points),
    errata(entry),
    ...(keyPoints ? [] : [family]),
    ...parts.slice(points),
    ...(keyPoints ? [family] : []),
    neighbours(entry),
    followUps(entry, actions.ask),
    references(entry),
    list("zt-cited-by", t("cited_by"), entry.cited_by),
  ].filter(Boolean);
  const article = h(
    "article",
    { class: "zt-page", lang: langOf(blocks.map((block) => block.element.textContent).join()) },
    head(entry),
    ...(blocks.length ? [] : [h("p", { class: "zt-nothing" }, t("entry_empty"))]),
    ...blocks.map((block) => block.element),
    foot(entry),
  );
  article.classList.toggle("zt-with-margin", Boolean(entry.errata.length));
  const contents = blocks.flatMap(({ id, title, heads = [] }) => [
    { id, html: null, title },
    ...heads.map(([below, text]) => ({ id: below, html: text, title: "" })),
  ]);
  const cited = new Cited(article, entry.references, actions.scroller);
  let mark = () => {};
  if (contents.length >= LONG) {
    const table = tableOf(contents, article, actions.scroller);
    article.prepend(table.element);
    article.classList.add("zt-with-contents");
    mark = table.mark;
  }
  actions.scroller.onscroll = () => {
    cited.scrolled();
    requestAnimationFrame(mark);
  };
  requestAnimationFrame(mark);
  typeset(article);
  return article;
}

/** A part of the entry: {id, title, heads, element}. */
function part(id, title, heads, nodes, properties = {}) {
  return {
    id,
    title,
    heads,
    element: h(
      properties.tag ?? "section",
      { id, class: properties.class, "aria-labelledby": title ? `${id}-title` : null },
      title ? h("h2", { id: `${id}-title`, tabindex: "-1" }, title) : null,
      ...nodes,
    ),
  };
}

/** What stands above an entry on the map. */
export const placeNode = ({ path }) =>
  h(
    "nav",
    { "aria-label": t("place") },
    h("ol", { class: "zt-path" }, ...path.map((place) => h("li", {}, link(place)))),
  );

function head(entry) {
  const { aliases, about, kind } = entry;
  const source = entry.url && kind !== "reference" ? entry.url : entry.file;
  return h(
    "header",
    { class: "zt-entry-head" },
    entry.path.length ? placeNode(entry) : null, // where the bar has no room for it
    kind === "note" ? null : h("span", { class: "zt-kind" }, t(`kind_${kind}`)),
    h("h1", { id: "zt-entry-title", tabindex: "-1", lang: langOf(entry.title) }, entry.title),
    aliases.length
      ? h(
          "p",
          { class: "zt-aliases" },
          h("span", { class: "zt-sr" }, t("aliases") + t("colon")),
          ...aliases.map((alias) => h("span", { lang: langOf(alias) }, alias)),
        )
      : null,
    about ? aboutNode(about) : null,
    entry.own && source
      ? h("p", { class: "zt-detail" }, `${t("own_file")}${t("colon")}${source}`)
      : null,
  );
}

/** Of a reference: who wrote it, where it appeared, and the way to it. */
function aboutNode(about) {
  return h("div", { class: "zt-about" }, whereNode(about), webLink(about.url, about.url));
}

function errata({ errata: found }) {
  if (!found.length) return null;
  const cards = found.map(({ claim, right, entry }) =>
    h(
      "li",
      { class: "zt-erratum" },
      h("p", { class: "zt-erratum-label" }, t("erratum_claim")),
      html("del", {}, claim),
      h("p", { class: "zt-erratum-label" }, t("erratum_right")),
      html("div", {}, right),
      entry ? h("p", { class: "zt-detail" }, t("erratum_from"), " ", link(entry)) : null,
    ),
  );
  return part("zt-errata", t("erratum"), [], [h("ul", {}, ...cards)], { tag: "aside" });
}

/** Related entries: one list a relation; those that the same bullet names stand together. */
function neighbours({ neighbours: found = [] }) {
  if (!found.length) return null;
  const relations = new Map();
  for (const place of found) {
    const name = `near_${place.kind}${place.from_here ? "" : "_it"}`;
    const leads = relations.get(name) ?? relations.set(name, new Map()).get(name);
    leads.set(place.lead, [...(leads.get(place.lead) ?? []), place]);
  }
  const lists = [...relations].flatMap(([name, leads]) => {
    const items = [...leads].map(([lead, places]) =>
      h(
        "li",
        {},
        h("span", { class: "zt-near-names" }, ...places.map(link)),
        lead ? html("p", {}, lead) : null,
      ),
    );
    return [
      h("h3", { id: `zt-${name}` }, t(name)),
      h("ul", { class: "zt-near-list", "aria-labelledby": `zt-${name}` }, ...items),
    ];
  });
  return part("zt-neighbours", t("neighbours"), [], lists);
}

function followUps({ follow_ups: found }, ask) {
  if (!found.length) return null;
  const buttons = found.map(({ text, html: shown, scoped }) => {
    const button = h(
      "button",
      { type: "button", onclick: () => ask(text, scoped) },
      html("span", {}, shown),
      icon("right"),
    );
    return h("li", {}, button);
  });
  return part(
    "zt-asked",
    t("follow_ups"),
    [],
    [
      h("p", { class: "zt-detail" }, t("follow_ups_text")),
      h("ul", { class: "zt-asks" }, ...buttons),
    ],
  );
}

function references({ references: found }) {
  if (!found.length) return null;
  const items = found.map((reference) =>
    h(
      "li",
      { id: `zt-ref-${reference.id}` },
      h("span", { class: "zt-ref-number" }, reference.n === null ? "" : String(reference.n)),
      h("div", {}, ...referenceNodes(reference)),
    ),
  );
  return part("zt-references", t("references"), [], [h("ol", { class: "zt-refs" }, ...items)]);
}

const link = ({ id, title }) => h("a", { href: entryHref(id), lang: langOf(title) }, title);

/** Entries below this one, or that cite it, each with its first claim. */
function list(id, title, places) {
  if (!places.length) return null;
  const items = places.map((place) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: entryHref(place.id), lang: langOf(place.title) },
        h("b", {}, place.title),
        place.lead ? html("span", {}, place.lead) : null,
      ),
    ),
  );
  return part(id, title, [], [h("ul", { class: "zt-places" }, ...items)]);
}

/** What stands beside this entry on the map, and before and after it in reading order. */
function foot({ siblings, previous, next }) {
  const step = (name, place) =>
    place
      ? h(
          "a",
          { class: `zt-turn-page zt-${name}`, href: entryHref(place.id) },
          h("small", {}, t(name)),
          h("span", { lang: langOf(place.title) }, place.title),
        )
      : h("span");
  return h(
    "div",
    { class: "zt-entry-foot" },
    siblings.length
      ? h(
          "nav",
          { "aria-label": t("siblings") },
          h("p", { class: "zt-detail" }, t("siblings")),
          h("ul", { class: "zt-siblings" }, ...siblings.map((place) => h("li", {}, link(place)))),
        )
      : null,
    h(
      "nav",
      { class: "zt-turns-page", "aria-label": t("reading_order") },
      step("previous", previous),
      step("next", next),
    ),
  );
}

/** The table of contents, and what marks in it the part that is being read. */
function tableOf(contents, article, scroller) {
  const rows = new Map();
  const target = ({ id }) =>
    article.querySelector(`#${id}-title`) ?? article.querySelector(`#${id}`);
  const items = contents
    .filter(({ title, html: text }) => title || text)
    .map((row) => {
      const go = () => {
        const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
        const heading = target(row);
        heading.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
        heading.focus({ preventScroll: true });
      };
      const button = row.html
        ? html("button", { type: "button", onclick: go }, row.html)
        : h("button", { type: "button", onclick: go }, row.title);
      rows.set(row.id, button);
      return h("li", { class: row.html ? "zt-below" : null }, button);
    });
  const mark = () => {
    const edge = scroller.getBoundingClientRect().top + 120;
    let [at, lowest] = [contents[0].id, -Infinity];
    for (const row of contents.filter(({ id }) => rows.has(id))) {
      const { top } = target(row).getBoundingClientRect();
      if (top < edge && top > lowest) [at, lowest] = [row.id, top];
    }
    for (const [id, button] of rows) {
      if (id === at) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  };
  const element = h(
    "nav",
    { class: "zt-toc", "aria-label": t("contents") },
    h("p", { class: "zt-detail" }, t("contents")),
    h("ol", {}, ...items),
  );
  return { element, mark };
}
