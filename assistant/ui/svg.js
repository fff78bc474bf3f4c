// Small plots: SVG in percent, so that they take any width and text keeps its size.

const SPACE = "http://www.w3.org/2000/svg";

/** An SVG element; strings become text. */
export function s(tag, properties, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const RADIUS = 42;

/** A score, 0–100, as a ring. */
export function ring(score, label) {
  const round = 2 * Math.PI * RADIUS;
  const arc = { cx: 50, cy: 50, r: RADIUS, fill: "none", "stroke-width": 9 };
  const filled = (round * score) / 100;
  return s(
    "svg",
    { class: "zt-ring", viewBox: "0 0 100 100", role: "img", "aria-label": label },
    s("circle", { ...arc, class: "zt-ring-track" }),
    score > 0
      ? s("circle", {
          ...arc,
          class: "zt-ring-arc",
          "stroke-dasharray": `${filled} ${round}`,
          "stroke-linecap": "round",
          transform: "rotate(-90 50 50)",
        })
      : "",
    s("text", { x: 50, y: 52, "text-anchor": "middle", "dominant-baseline": "middle" }, String(score)),
  );
}

/** A bar of 0–100. */
export function bar(value, label) {
  return s(
    "svg",
    { class: "zt-bar-plot", role: "img", "aria-label": label },
    s("title", {}, label),
    s("rect", { class: "zt-track", width: "100%", height: 10, y: 2, rx: 5 }),
    s("rect", { class: "zt-fill", width: `${Math.max(value, 1)}%`, height: 10, y: 2, rx: 5 }),
  );
}

/** Scores, 0–100, one after the other; the last one is marked. */
export function line(points, label) {
  const left = 8;
  const along = (i) => (points.length > 1 ? left + ((96 - left) * i) / (points.length - 1) : 50);
  const up = (score) => 90 - (80 * score) / 100;
  const parts = [0, 50, 100].flatMap((score) => [
    s("line", { class: "zt-grid", x1: `${left}%`, x2: "100%", y1: `${up(score)}%`, y2: `${up(score)}%` }),
    s("text", { x: 0, y: `${up(score)}%`, dy: 4 }, String(score)),
  ]);
  points.forEach((point, i) => {
    const next = points[i + 1];
    if (next) {
      parts.push(
        s("line", {
          class: "zt-line",
          x1: `${along(i)}%`,
          x2: `${along(i + 1)}%`,
          y1: `${up(point.score)}%`,
          y2: `${up(next.score)}%`,
        }),
      );
    }
  });
  points.forEach((point, i) => {
    const final = i === points.length - 1;
    const at = { cx: `${along(i)}%`, cy: `${up(point.score)}%`, r: final ? 6 : 4 };
    const name = final ? "zt-dot-last" : "zt-dot-mark";
    parts.push(s("circle", { class: name, ...at }, s("title", {}, point.label)));
  });
  return s("svg", { class: "zt-line-plot", role: "img", "aria-label": label }, ...parts);
}
