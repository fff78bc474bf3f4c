// Plots as SVG in percent: they take any width, and text keeps its size.

import { h, t } from "./core.js";
import { choice, figure, kindName, measureName, searchName } from "./evals_words.js";

const SPACE = "http://www.w3.org/2000/svg";
const COLOURS = 6; // classes zt-c0 to zt-c5
const MARGIN = { left: 7, right: 4, top: 5, bottom: 10 }; // percent, around score and latency

export const colour = (i) => `zt-c${i % COLOURS}`;

/** The plots of a run, over the measure that is chosen. */
export class Plots {
  constructor() {
    this.run = null;
    this.measures = [];
    this.measure = "";
    this.element = h("section", { class: "zt-plots" });
  }

  setRun(run, measures) {
    this.run = run;
    this.measures = measures;
    this.measure = measures.includes("hit@1") ? "hit@1" : run.main;
  }

  draw() {
    const all = this.run.configurations;
    const names = all.map((one) => searchName(one.name));
    const choose = (value) => {
      this.measure = value;
      this.draw();
      this.element.querySelector("select").focus();
    };
    const options = this.measures.map((name) => [name, measureName(name)]);
    // of a single group the table says the same
    const groups = Object.keys(all[0].groups).filter(
      (g) => Object.keys(all[0].groups[g]).length > 1,
    );
    const points = all
      .map((one, i) => ({
        i,
        name: names[i],
        score: one.metrics[this.measure],
        ms: one.latency_ms.p50,
      }))
      .filter((point) => point.score && point.ms !== undefined);
    const title = t("score_latency", { measure: measureName(this.measure) });
    this.element.replaceChildren(
      h("h3", {}, t("plots_title")),
      h(
        "div",
        { class: "zt-plot-head" },
        choice(t("by_measure"), options, this.measure, choose),
        h(
          "ul",
          { class: "zt-legend" },
          ...names.map((name, i) => h("li", {}, h("i", { class: `zt-key ${colour(i)}` }), name)),
        ),
      ),
      h("div", { class: "zt-columns" }, ...groups.map((group) => this.group(group, all, names))),
      ...(points.length > 1 ? [h("h4", {}, title), scatter(points, title)] : []),
    );
  }

  group(name, all, names) {
    const title = ["section", "kind"].includes(name) ? t(`by_${name}`) : name;
    const label = name === "kind" ? kindName : (text) => text;
    const found = all.map((one) => one.groups[name] ?? {});
    return h("section", {}, h("h4", {}, title), bars(found, names, this.measure, label));
  }
}

/** A bar a configuration in each group, its interval as a whisker. */
function bars(groups, names, measure, labelOf) {
  const rows = Object.keys(groups[0]).flatMap((label) => {
    const found = groups.map((group) => group[label]?.[measure]);
    const n = Math.max(...found.map((one) => one?.n ?? 0));
    return [
      h("dt", {}, labelOf(label), h("small", {}, ` n = ${n}`)),
      h("dd", {}, ...found.map((one, i) => bar(one, names[i], i))),
    ];
  });
  return h("dl", { class: "zt-bars" }, ...rows);
}

function bar(one, name, i) {
  if (!one) return h("p", {}, h("small", {}, `${name}${t("colon")}${t("not_measured")}`));
  const [value, low, high] = [one.value, one.low, one.high].map(figure);
  const label = t("bar_label", { name, value, low, high });
  const [x1, x2] = [percent(one.low), percent(one.high)];
  const svg = s(
    "svg",
    { role: "img", "aria-label": label },
    s("title", {}, label),
    s("rect", { class: "zt-track", width: "100%", height: 10, y: 2 }),
    s("rect", { class: colour(i), width: percent(one.value), height: 10, y: 2 }),
    s("line", { class: "zt-whisker", x1, x2, y1: 7, y2: 7 }),
    s("line", { class: "zt-whisker", x1, x2: x1, y1: 3, y2: 11 }),
    s("line", { class: "zt-whisker", x1: x2, x2, y1: 3, y2: 11 }),
  );
  return h("p", {}, svg, h("span", { "aria-hidden": "true" }, one.value.toFixed(2)));
}

/** Score upwards, median latency to the right on a logarithmic scale. */
function scatter(points, title) {
  const logs = points.map((point) => Math.log10(Math.max(point.ms, 0.01)));
  const left = Math.floor(Math.min(...logs));
  const right = Math.max(Math.ceil(Math.max(...logs)), left + 1);
  const low = Math.floor(10 * Math.min(0.9, ...points.map((p) => p.score.low))) / 10;
  const width = 100 - MARGIN.left - MARGIN.right;
  const height = 100 - MARGIN.top - MARGIN.bottom;
  const along = (log) => MARGIN.left + (width * (log - left)) / (right - left);
  const up = (y) => 100 - MARGIN.bottom - (height * (y - low)) / (1 - low);
  const line = (kind, x1, y1, x2, y2) =>
    s("line", { class: kind, x1: `${x1}%`, y1: `${y1}%`, x2: `${x2}%`, y2: `${y2}%` });
  const text = (x, y, said, more) => s("text", { x: `${x}%`, y: `${y}%`, ...more }, said);
  const parts = [];
  for (let power = left; power <= right; power += 1) {
    const edge = power === right ? "end" : "middle";
    const said = `${Number((10 ** power).toPrecision(1))} ms`;
    parts.push(line("zt-grid", along(power), MARGIN.top, along(power), 100 - MARGIN.bottom));
    parts.push(text(along(power), 100, said, { "text-anchor": edge, dy: "-4" }));
  }
  for (let tenth = Math.round(low * 10); tenth <= 10; tenth += low < 0.5 ? 2 : 1) {
    const y = up(tenth / 10);
    parts.push(line("zt-grid", MARGIN.left, y, 100 - MARGIN.right, y));
    parts.push(text(0, y, (tenth / 10).toFixed(1), { dy: "4" }));
  }
  points.forEach(({ i, name, score }, place) => {
    const [x, y] = [along(logs[place]), up(score.value)];
    const turned = x > 60; // the name would leave the plot on the right
    parts.push(line("zt-whisker", x, up(score.low), x, up(score.high)));
    parts.push(s("circle", { class: colour(i), cx: `${x}%`, cy: `${y}%`, r: 6 }));
    const side = { dx: turned ? "-11" : "11", dy: "4", "text-anchor": turned ? "end" : "start" };
    parts.push(text(x, y, name, side));
  });
  return s("svg", { class: "zt-plot", role: "img", "aria-label": title }, ...parts);
}

function s(tag, properties, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const percent = (share) => `${(100 * Math.min(1, Math.max(0, share))).toFixed(2)}%`;
