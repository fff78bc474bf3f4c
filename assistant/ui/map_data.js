// The map as the server sends it, unpacked: nodes, their boxes, and what the learner knows of them.

import { t } from "./core.js";

/** By the numbers that the server sends; `own`: nothing is asked about it. */
const LEVELS = ["unseen", "weak", "shaky", "solid"];
export const SHOWN_LEVELS = [...LEVELS].reverse();
const WHOLE = 100; // boxes come in hundredths of a percent
const FRAMES = { wide: 1040, alone: 358, sections: 358 }; // pixels that a layout was made for

export class MapData {
  constructor(sent) {
    this.nodes = sent.nodes.map(([id, title, short, parent, questions, errata, file], place) => ({
      place, id, title, short, parent, questions, errata, file, below: [],
    }));
    for (const node of this.nodes) if (node.parent >= 0) this.nodes[node.parent].below.push(node);
    for (const node of this.nodes) {
      node.depth = node.parent < 0 ? 0 : this.nodes[node.parent].depth + 1;
      node.section = node.parent < 0 ? node : this.nodes[node.parent].section;
    }
    for (const node of [...this.nodes].reverse()) {
      node.asked = node.questions > 0 || node.below.some((below) => below.asked);
      node.entries = node.below.reduce((sum, below) => sum + below.entries, 1);
    }
    this.sections = this.nodes.filter(({ parent }) => parent < 0);
    this.byId = new Map(this.nodes.map((node) => [node.id, node]));
    this.links = sent.links.map(([from, to, kind]) => ({
      from: this.nodes[from], to: this.nodes[to], kind,
    }));
    this.layouts = { wide: sent.wide, alone: sent.alone, sections: sent.sections };
    this.progress = { known: {}, rolled: {}, weakest: [] };
  }

  /** Where a node stands in a layout: {x, y, w, h} in percent, and its size when drawn as made. */
  box(node, layout) {
    const at = 4 * (layout === "sections" ? this.sections.indexOf(node) : node.place);
    const [x, y, w, h] = this.layouts[layout].boxes.slice(at, at + 4).map((part) => part / WHOLE);
    const width = (w / 100) * FRAMES[layout];
    return { x, y, w, h, width, height: (h / 100) * this.height(layout, node) };
  }

  /** The learner's files, and how far down their names stand, in percent. */
  shelves(layout) {
    return (this.layouts[layout].shelves ?? []).map(([file, y]) => ({ file, y: y / WHOLE }));
  }

  /** Pixels of height: the width is the page's. */
  height(layout, node) {
    if (layout !== "alone") return this.layouts[layout].height;
    return this.layouts.alone.heights[this.sections.indexOf(node.section)];
  }

  /** What is known of a node itself; `whole`: with all below it. */
  fact(node, whole = false) {
    const { known, rolled } = this.progress;
    const sent = whole && node.below.length ? rolled[node.id] : known[node.id];
    const asked = whole ? node.asked : node.questions > 0;
    if (!asked) return { level: "own", chance: null, score: null, seen: 0, due: 0 };
    const [level, chance, score, seen, due] = sent ?? [0, null, null, 0, 0];
    return { level: LEVELS[level], chance, score, seen, due };
  }

  /** How many entries of a section have each level. */
  count(section) {
    const counts = { solid: 0, shaky: 0, weak: 0, unseen: 0, own: 0 };
    for (const node of this.nodes) if (node.section === section) counts[this.fact(node).level] += 1;
    return counts;
  }

  neighbours(node) {
    const found = new Map();
    for (const { from, to } of this.links) {
      if (from === node && to !== node) found.set(to.id, to);
      if (to === node && from !== node) found.set(from.id, from);
    }
    return [...found.values()];
  }

  path(node) {
    return node.parent < 0 ? [node] : [...this.path(this.nodes[node.parent]), node];
  }
}

/** A level in words; what nothing is asked about need not be the learner's own. */
export const levelWord = (node, level) =>
  t(level === "own" && !node.section.file ? "map_no_questions" : `level_${level}`);

/** What is known of a node, in words; the badges and colours of the map say the same. */
export function factWords(data, node) {
  const { level, chance, score, due } = data.fact(node, node.below.length > 0);
  return [
    node.file && node.parent < 0 ? node.file : null,
    node.parent < 0 ? t("map_entries", { n: node.entries }) : null,
    levelWord(node, level),
    chance === null ? null : t("map_chance_p", { p: chance }),
    score === null ? null : t("map_mark_p", { p: score }),
    due ? t("map_due_n", { n: due }) : null,
    node.errata ? t("map_errata_n", { n: node.errata }) : null,
  ].filter(Boolean);
}

/** What a voice says of a box: its title first, as it is to be seen. */
export const factLabel = (data, node) =>
  t("map_reads_as", { title: node.short, facts: factWords(data, node).join(t("comma")) });
