// How it stands with the memory: what is due when, what was kept, and on which days.

import { h, t } from "./core.js";
import { s } from "./svg.js";

const WEEKS = { wide: 53, narrow: 17 };
const narrow = matchMedia("(max-width: 959px)");

/** A date of the server's calendar, `2026-11-24`, moved by some days. */
function moved(text, days) {
  const date = new Date(`${text}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

const named = (text) =>
  new Date(`${text}T12:00:00Z`).toLocaleDateString(t("lang"), {
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });

const weekday = (text) => (new Date(`${text}T12:00:00Z`).getUTCDay() + 6) % 7; // 0: Monday

export function statsNode(stats) {
  return h(
    "section",
    { class: "zt-rv-stats" },
    h("h2", {}, t("rv_stats")),
    figures(stats),
    h("h3", {}, t("rv_forecast")),
    forecast(stats),
    h("h3", {}, t("rv_heat")),
    heat(stats),
  );
}

function figures(stats) {
  const kept = stats.retention === null ? t("rv_none_yet") : `${Math.round(100 * stats.retention)} %`;
  const rows = [
    ["rv_seen", t("rv_seen_of", { n: String(stats.seen), of: stats.questions })],
    ["rv_retention", kept],
    ["rv_streak", String(stats.streak)],
    ["rv_reviews", String(stats.reviews)],
  ];
  return h(
    "dl",
    { class: "zt-figures" },
    ...rows.map(([key, value]) => h("div", {}, h("dt", {}, t(key)), h("dd", {}, value))),
  );
}

function forecast({ forecast: due, today }) {
  const most = Math.max(...due, 1);
  const width = 100 / due.length;
  const total = due.reduce((sum, n) => sum + n, 0);
  const bars = due.map((n, i) => {
    const height = n ? Math.max(4, (78 * n) / most) : 1;
    const label = t("rv_forecast_label", { day: named(moved(today, i)), n: String(n) });
    return s(
      "rect",
      {
        class: i ? "zt-fill" : "zt-fill-now",
        x: `${i * width + width * 0.14}%`,
        width: `${width * 0.72}%`,
        y: `${82 - height}%`,
        height: `${height}%`,
        rx: 2,
      },
      s("title", {}, label),
    );
  });
  const ticks = [0, 7, 14, 21, 28].map((i) =>
    s(
      "text",
      i === 28 ? { x: "100%", y: "99%", "text-anchor": "end" } : { x: `${i * width}%`, y: "99%" },
      i ? named(moved(today, i)) : t("back_today"),
    ),
  );
  const counts = due.map((n, i) =>
    n === most && due.indexOf(most) === i
      ? s("text", { x: `${(i + 0.5) * width}%`, y: `${78 - (78 * n) / most}%`, "text-anchor": "middle", dy: -1 }, String(n))
      : "",
  );
  const label = t("rv_forecast_all", { today: String(due[0]), n: String(total) });
  return h(
    "figure",
    {},
    s("svg", { class: "zt-forecast", role: "img", "aria-label": label }, ...bars, ...counts, ...ticks),
    h("figcaption", { class: "zt-detail" }, label),
  );
}

/** A year of days, a column a week; as many weeks as fit. */
function heat({ days, today }) {
  const weeks = narrow.matches ? WEEKS.narrow : WEEKS.wide;
  const first = moved(today, -(weeks - 1) * 7 - weekday(today));
  const most = Math.max(...Object.values(days), 4);
  const step = 12;
  const cells = [];
  const months = [];
  let [total, active] = [0, 0];
  for (let week = 0; week < weeks; week += 1) {
    for (let i = 0; i < 7; i += 1) {
      const date = moved(first, week * 7 + i);
      if (date > today) break;
      const n = days[date] ?? 0;
      total += n;
      active += n > 0;
      const level = n ? Math.min(4, Math.ceil((4 * n) / most)) : 0;
      cells.push(
        s(
          "rect",
          { class: `zt-heat-${level}`, x: week * step, y: 14 + i * step, width: 10, height: 10, rx: 2 },
          s("title", {}, t("rv_heat_label", { day: named(date), n: String(n) })),
        ),
      );
      if (date.slice(8) === "01" && week < weeks - 1) {
        const name = new Date(`${date}T12:00:00Z`).toLocaleDateString(t("lang"), { month: "short", timeZone: "UTC" });
        months.push(s("text", { x: week * step, y: 9 }, name));
      }
    }
  }
  const label = t("rv_heat_all", { weeks, n: String(total), days: active });
  const view = `0 0 ${weeks * step} ${14 + 7 * step}`;
  const legend = [0, 1, 2, 3, 4].map((level) =>
    s("rect", { class: `zt-heat-${level}`, x: level * step, y: 0, width: 10, height: 10, rx: 2 }),
  );
  return h(
    "figure",
    {},
    s("svg", { class: "zt-heat", viewBox: view, role: "img", "aria-label": label }, ...months, ...cells),
    h(
      "figcaption",
      { class: "zt-detail zt-heat-legend" },
      label,
      h(
        "span",
        { "aria-hidden": "true" },
        t("rv_less"),
        s("svg", { viewBox: "0 0 60 10", width: 60, height: 10 }, ...legend),
        t("rv_more_heat"),
      ),
    ),
  );
}

/** Fires when the number of weeks that fit has changed. */
export const onWidth = (run) => narrow.addEventListener("change", run);
