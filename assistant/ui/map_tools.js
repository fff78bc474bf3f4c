// What stands around the map: the switch to the table, the picture as a file, and what colours mean.

import { closing, h, icon, t } from "./core.js";
import { savePicture } from "./map_export.js";
import { SHOWN_LEVELS } from "./map_data.js";

/** @param home {data, tabular, toggleTable()} */
export function toolbar(home) {
  return [
    h(
      "button",
      { type: "button", class: "zt-foot-tool zt-as-table", onclick: () => home.toggleTable() },
      icon(home.tabular ? "map" : "table"),
      h("span", {}, t(home.tabular ? "map_picture" : "map_table")),
    ),
    exporter(home),
  ];
}

function exporter(home) {
  const save = (kind) => {
    details.open = false;
    details.firstChild.focus();
    savePicture(home.data, kind);
  };
  const choice = (kind) =>
    h("li", {}, h("button", { type: "button", onclick: () => save(kind) }, t(`map_${kind}`)));
  const details = h(
    "details",
    { class: "zt-map-export" },
    h("summary", { class: "zt-foot-tool" }, icon("save"), h("span", {}, t("map_export"))),
    h("ul", { class: "zt-popover" }, choice("png"), choice("svg")),
  );
  return closing(details);
}

export function legend(data) {
  const own = data.nodes.some(({ asked }) => !asked);
  const level = (name) =>
    h(
      "li",
      {},
      h(
        "span",
        { class: "zt-sample", "data-level": name },
        name === "own" ? null : h("i", { class: `zt-pie zt-pie-${name}` }),
      ),
      t(`level_${name}`),
    );
  return h(
    "ul",
    { class: "zt-legend", "aria-label": t("map_legend") },
    ...SHOWN_LEVELS.map(level),
    own ? level("own") : null,
    h("li", {}, h("b", { class: "zt-due", "aria-hidden": "true" }, "2"), t("map_due")),
    h("li", {}, h("i", { class: "zt-wrong", "aria-hidden": "true" }, "!"), t("map_errata")),
    h("li", {}, h("span", { class: "zt-sample zt-sample-chance" }), t("map_chance_bar")),
  );
}
