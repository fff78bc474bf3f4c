// The links of the chosen entry, as lines between the boxes.

import { s } from "./svg.js";

const INSET = 9; // pixels from the right edge of a box: there no title and no badge stands

/** @param near nodes that are linked to `chosen` */
export function drawLines(area, chosen, near, links) {
  area.querySelector(":scope > .zt-lines")?.remove();
  const from = chosen && links.get(chosen.id);
  if (!from || !near.length) return;
  const frame = area.getBoundingClientRect();
  const anchor = (link) => {
    const box = link.getBoundingClientRect();
    const head = link.classList.contains("zt-head"); // there the badges stand at the right
    const x = head ? box.left + box.width / 2 : box.right - INSET;
    return [
      (100 * (x - frame.left)) / frame.width,
      (100 * (box.top + box.height / 2 - frame.top)) / frame.height,
    ];
  };
  const [x, y] = anchor(from);
  const ends = near.filter(({ id }) => links.has(id)).map(({ id }) => anchor(links.get(id)));
  const lines = ends.map(([a, b]) =>
    s("line", { x1: `${x}%`, y1: `${y}%`, x2: `${a}%`, y2: `${b}%` }),
  );
  const dots = [[x, y], ...ends].map(([a, b]) => s("circle", { cx: `${a}%`, cy: `${b}%`, r: 3.5 }));
  area.append(s("svg", { class: "zt-lines", "aria-hidden": "true" }, ...lines, ...dots));
}
