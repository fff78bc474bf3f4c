// The map itself: a box for every entry, coloured by what is known of it, walked by arrow keys.

import { entryHref, h, icon, langOf, t } from "./core.js";
import { factLabel, SHOWN_LEVELS } from "./map_data.js";
import { drawLines } from "./map_lines.js";
import { nextBox } from "./map_walk.js";

const NARROW = matchMedia("(max-width: 759px)");
const SMALL = { width: 78, height: 56 }; // pixels of a box, below which its title is set smaller
const LARGE = 9000; // square pixels, from which on larger
const FLAT = 44; // pixels of height, below which title and badges stand in one line
const SCROLLED = 1000; // pixels of height, from which on a map doesn't try to fit the window
const AROUND = 116; // pixels that stand above and below the map
const BREAKS = /(?<=[a-z])(?=[A-Z])/; // where a name like SqueezeNet may be broken

export class MapPicture {
  /** @param actions {open(node), point(node or null, element)} */
  constructor(actions) {
    this.actions = actions;
    this.data = null;
    this.section = null; // the one that is shown alone, on a phone
    this.chosen = null;
    this.found = [];
    this.links = new Map(); // id of a node → its link
    this.at = ""; // id of the node that Tab enters at
    this.hint = h("p", { class: "zt-sr", id: "zt-map-keys" });
    this.back = h("div", { class: "zt-map-back" });
    this.area = h("div", { class: "zt-map", role: "group", "aria-describedby": "zt-map-keys" });
    this.element = h("div", { class: "zt-map-frame" }, this.hint, this.back, this.area);
    this.area.addEventListener("click", (event) => this.click(event));
    this.area.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["pointerover", "focusin"]) {
      this.area.addEventListener(name, (event) => this.point(event));
    }
    this.area.addEventListener("pointerleave", () => actions.point(null));
    this.area.addEventListener("focusout", () => actions.point(null));
    NARROW.addEventListener("change", () => this.data && this.draw());
  }

  get layout() {
    if (!NARROW.matches) return "wide";
    return this.section ? "alone" : "sections";
  }

  /** The nodes that are to be seen, in reading order. */
  get shown() {
    if (this.layout === "sections") return this.data.sections;
    const { nodes } = this.data;
    return this.layout === "wide" ? nodes : nodes.filter(({ section }) => section === this.section);
  }

  setData(data) {
    this.section = this.section && data.byId.get(this.section.id)?.section;
    this.chosen = this.chosen && (data.byId.get(this.chosen.id) ?? null);
    this.data = data;
    this.draw();
  }

  draw() {
    const { layout, shown, data } = this;
    this.hint.textContent = t("map_keys");
    this.area.setAttribute("aria-label", t("map"));
    this.area.classList.toggle("zt-map-sections", layout === "sections");
    this.area.style.height = this.tall();
    this.links.clear();
    const boxes = shown.flatMap((node) => this.nodesOf(node, data.box(node, layout)));
    const shelves = data.shelves(layout).map(({ file, y }) => shelf(file, y));
    this.area.replaceChildren(...shelves, ...boxes);
    if (!this.links.has(this.at)) this.at = shown[0]?.id ?? "";
    this.back.replaceChildren(...(layout === "alone" ? [this.backButton()] : []));
    this.update();
  }

  /** The height of the map: a small one fits the window, as long as its titles do. */
  tall() {
    const made = this.data.height(this.layout, this.section);
    if (this.layout !== "wide" || made > SCROLLED) return `${made}px`;
    const [least, most] = [Math.round(0.96 * made), Math.round(1.3 * made)];
    return `clamp(${least}px, calc(100dvh - var(--zt-top) - ${AROUND}px), ${most}px)`;
  }

  /** The elements of a node: of an entry its box; of what holds others a frame and a heading. */
  nodesOf(node, box) {
    const link = h(
      "a",
      { href: entryHref(node.id), "data-id": node.id, tabindex: "-1", lang: langOf(node.short) },
      h("span", { class: "zt-box-title" }, ...(node.below.length ? [node.short] : breakable(node.short))),
      h("span", { class: "zt-box-marks", "aria-hidden": "true" }),
    );
    this.links.set(node.id, link);
    const place = `left:${box.x}%;top:${box.y}%;width:${box.w}%;height:${box.h}%`;
    if (this.layout !== "sections" && !node.below.length) {
      link.style.cssText = place;
      const small = box.width < SMALL.width || box.height < SMALL.height;
      link.className = "zt-leaf";
      link.classList.toggle("zt-small", small);
      link.classList.toggle("zt-large", !small && box.width * box.height > LARGE);
      if (box.height < FLAT) link.classList.add("zt-flat");
      return [link];
    }
    if (this.layout === "sections") {
      link.style.cssText = place;
      link.className = "zt-leaf zt-whole";
      link.firstChild.append(h("small", { "aria-hidden": "true" }, t("map_entries", { n: node.entries })));
      link.append(h("span", { class: "zt-share", "aria-hidden": "true" }));
      return [link];
    }
    const frame = h("div", { class: `zt-frame zt-depth-${Math.min(node.depth, 2)}` });
    frame.style.cssText = place;
    const head = Math.min(...node.below.map((below) => this.data.box(below, this.layout).y)) - box.y;
    link.style.cssText = `left:${box.x}%;top:${box.y}%;width:${box.w}%;height:${head}%`;
    link.className = `zt-head zt-depth-${Math.min(node.depth, 2)}`;
    return [frame, link];
  }

  backButton() {
    return h(
      "button",
      { type: "button", class: "zt-button", onclick: () => this.leaveSection() },
      icon("left"),
      t("map_sections"),
    );
  }

  /** Colours and badges as the learner stands now; the boxes stay. */
  update() {
    for (const node of this.shown) {
      const link = this.links.get(node.id);
      const fact = this.data.fact(node, node.below.length > 0);
      link.dataset.level = fact.level;
      link.style.setProperty("--chance", `${fact.chance ?? 0}%`);
      link.setAttribute("aria-label", factLabel(this.data, node));
      link.querySelector(".zt-box-marks").replaceChildren(...marks(node, fact));
      const share = link.querySelector(".zt-share");
      if (share) share.replaceChildren(...shares(this.data.count(node)));
    }
    this.mark();
  }

  /** What is chosen, what is linked to it, and what a search has found. */
  mark() {
    const near = this.chosen ? this.data.neighbours(this.chosen) : [];
    const linked = new Set(near.map(({ id }) => id));
    const found = new Set(this.found.map(({ id }) => id));
    const inside = this.layout === "sections";
    for (const [id, link] of this.links) {
      const node = this.data.byId.get(id);
      const holds = (set) => set.has(id) || (inside && [...set].some((one) => one.startsWith(`${id}/`)));
      link.tabIndex = id === this.at ? 0 : -1;
      link.classList.toggle("zt-linked", linked.has(id));
      link.classList.toggle("zt-found", holds(found));
      if (node === this.chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    this.area.classList.toggle("zt-seeking", found.size > 0);
    drawLines(this.area, inside ? null : this.chosen, near, this.links);
  }

  choose(node, focus = false) {
    this.chosen = node;
    if (node && NARROW.matches && this.section !== node.section) {
      this.section = node.section;
      this.draw();
    }
    if (node) this.at = node.id;
    this.mark();
    const link = node && this.links.get(node.id);
    link?.scrollIntoView({ block: "nearest" });
    if (focus) link?.focus({ preventScroll: true });
  }

  show(found) {
    this.found = found;
    if (!this.data) return;
    this.mark();
    this.links.get(found[0]?.id)?.scrollIntoView({ block: "nearest" });
  }

  leaveSection() {
    const left = this.section;
    this.section = null;
    this.at = left?.id ?? "";
    this.draw();
    this.links.get(this.at)?.focus();
  }

  nodeOf(event) {
    const link = event.target.closest?.("a[data-id]");
    return link ? this.data.byId.get(link.dataset.id) : null;
  }

  click(event) {
    const node = this.nodeOf(event);
    // with a key held the browser opens the entry in a tab of its own
    if (!node || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (this.layout !== "sections") {
      this.actions.open(node);
      return;
    }
    this.section = node;
    this.at = node.id;
    this.draw();
    this.links.get(node.id)?.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  point(event) {
    const node = this.nodeOf(event);
    if (event.type === "focusin" && node && this.at !== node.id) {
      const before = this.links.get(this.at);
      if (before) before.tabIndex = -1;
      this.at = node.id;
      this.links.get(node.id).tabIndex = 0;
    }
    const wanted = event.type === "focusin" ? event.target.matches(":focus-visible") : true;
    this.actions.point(wanted ? node : null, node && this.links.get(node.id));
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.layout === "alone" && !this.chosen) this.leaveSection();
    const to = nextBox(event.key, event.target, [...this.links.values()]);
    if (!to) return;
    event.preventDefault();
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
  }
}

/** The name of a file of the learner's, above its sections. */
function shelf(file, y) {
  const name = h("p", { class: "zt-shelf", lang: langOf(file) }, icon("book"), file);
  name.style.top = `${y}%`;
  return name;
}

const breakable = (title) =>
  title.split(BREAKS).flatMap((part, i) => (i ? [h("wbr"), part] : [part]));

/** How well it is known, what is due, what is wrong in it: shapes, so that colour isn't needed. */
function marks(node, { level, due }) {
  return [
    level === "own" ? null : h("i", { class: `zt-pie zt-pie-${level}` }),
    due ? h("b", { class: "zt-due" }, String(due)) : null,
    node.errata ? h("i", { class: "zt-wrong" }, "!") : null,
  ].filter(Boolean);
}

const shares = (counts) =>
  [...SHOWN_LEVELS, "own"]
    .filter((level) => counts[level])
    .map((level) => {
      const part = h("i", { "data-level": level });
      part.style.flexGrow = counts[level];
      return part;
    });
