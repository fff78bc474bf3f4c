// Arrow keys on the map: the nearest box in a direction.

const ASIDE = 2.5; // how much worse a pixel aside is than one ahead

const DIRECTIONS = {
  ArrowRight: (from, to) => [to.left - from.right, aside(from, to, "top", "bottom")],
  ArrowLeft: (from, to) => [from.left - to.right, aside(from, to, "top", "bottom")],
  ArrowDown: (from, to) => [to.top - from.bottom, aside(from, to, "left", "right")],
  ArrowUp: (from, to) => [from.top - to.bottom, aside(from, to, "left", "right")],
};
const TOUCHING = -3; // pixels that two neighbours may overlap by, borders and rounding counted

/** How far two boxes are from standing side by side: 0 where they share an edge. */
function aside(from, to, start, end) {
  const gap = Math.max(to[start] - from[end], from[start] - to[end], 0);
  return gap + Math.abs((to[start] + to[end] - from[start] - from[end]) / 2) / 20;
}

/** The box that a key leads to; null where the key is none of ours, or leads nowhere. */
export function nextBox(key, here, links) {
  if (key === "Home") return links[0] ?? null;
  if (key === "End") return links.at(-1) ?? null;
  const measure = DIRECTIONS[key];
  if (!measure) return null;
  const from = here.getBoundingClientRect();
  let [best, least] = [null, Infinity];
  for (const link of links) {
    if (link === here) continue;
    const [ahead, beside] = measure(from, link.getBoundingClientRect());
    const cost = Math.max(ahead, 0) + ASIDE * beside;
    if (ahead >= TOUCHING && cost < least) [best, least] = [link, cost];
  }
  return best;
}
