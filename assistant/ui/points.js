// Key points with their verdicts, as the interview, its report and the review show them.

import { h, icon, langOf, t } from "./core.js";
import { bulletNode, VERDICTS, verdictChip } from "./interview_words.js";
import { sentenceNodes } from "./rich.js";

/**
 * @param points of a marking
 * @param cited by number, for the bullet behind each point
 * @param actions {overrule(place, verdict), cite(n, button)}; each may be missing
 */
export function pointList(points, cited, { overrule = null, cite = null } = {}) {
  return h(
    "ol",
    { class: "zt-points" },
    ...points.map((point, place) => pointNode(point, cited.get(point.n), place, overrule, cite)),
  );
}

function pointNode(point, citation, place, overrule, cite) {
  const { text, verdict, given, quote, unsure } = point;
  return h(
    "li",
    { class: `zt-point zt-v-${verdict}`, "data-place": place },
    h(
      "div",
      { class: "zt-point-head" },
      verdictChip(verdict),
      h(
        "p",
        { class: "zt-point-text", lang: langOf(text) },
        ...sentenceNodes(text),
        citation && cite ? citeButton(citation, cite) : null,
      ),
    ),
    verdict === given ? "" : overruledNode(point, place, overrule),
    quote
      ? h(
          "p",
          { class: "zt-said-quote" },
          h("span", {}, t("your_words")),
          h("q", { lang: langOf(quote) }, ...sentenceNodes(quote)),
        )
      : "",
    unsure ? h("p", { class: "zt-unsure" }, icon("info"), t("unsure")) : "",
    h(
      "div",
      { class: "zt-point-foot" },
      citation
        ? h(
            "details",
            { class: "zt-behind" },
            h("summary", {}, icon("right"), t("behind_point")),
            bulletNode(citation),
          )
        : "",
      overrule && verdict === given ? disputeNode(point, place, overrule) : "",
    ),
  );
}

/** The button `[n]` that leads to the passage. */
export const citeButton = (citation, cite) =>
  h(
    "button",
    {
      type: "button",
      class: "zt-cite",
      "aria-label": t("cite_label", { n: String(citation.n), title: citation.path.at(-1) }),
      title: citation.path.join(" › "),
      onclick: (event) => cite(citation.n, event.currentTarget),
    },
    `[${citation.n}]`,
  );

/** The mark that was disputed, and the way back to it. */
function overruledNode({ given }, place, overrule) {
  return h(
    "p",
    { class: "zt-overruled" },
    t("overruled", { given: t(`verdict_${given}`) }),
    overrule
      ? h("button", { type: "button", class: "zt-link", onclick: () => overrule(place, given) }, t("undo"))
      : null,
  );
}

/** One click for what is disputed most, and a menu for the rest. */
function disputeNode({ given }, place, overrule) {
  const verdicts = Object.keys(VERDICTS).filter((verdict) => verdict !== given);
  const choose = (verdict) =>
    h(
      "button",
      { type: "button", class: "zt-link", onclick: () => overrule(place, verdict) },
      t(`dispute_${verdict}`),
    );
  const first = given === "covered" ? null : choose("covered");
  const rest = verdicts.filter((verdict) => given === "covered" || verdict !== "covered");
  const menu = h(
    "details",
    { class: "zt-dispute" },
    h("summary", { class: "zt-link" }, given === "covered" ? t("dispute") : t("dispute_other")),
    h("span", { class: "zt-dispute-menu" }, ...rest.map(choose)),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.firstChild.focus();
  });
  return h("span", { class: "zt-disputes" }, first, menu);
}
