// Text of a note or an answer → elements: formulas, bold, code, lists, and the highlighted words.
// Offsets are those of the text as it was given, so highlights stay right around formulas.

import { h, langOf } from "./core.js";
import { formula } from "./formula.js";

const INLINE =
  /\$\$([\s\S]+?)\$\$|\\\[([\s\S]+?)\\\]|\\\((.+?)\\\)|\$(?!\s)([^$\n]+?)(?<!\s)\$(?!\d)|`([^`\n]+)`|\*\*([^*\n]+)\*\*|\[@([\w:.-]+)\]/g;

/** Parts of `text`: {from, to, kind, body}, without gaps. `body` starts at `at` in the text. */
function partsOf(text) {
  const parts = [];
  let last = 0;
  const plain = (to) => {
    if (to > last)
      parts.push({ kind: "text", from: last, to, body: text.slice(last, to), at: last });
  };
  for (const match of text.matchAll(INLINE)) {
    const [whole, block, bracket, paren, dollar, code, bold, reference] = match;
    plain(match.index);
    const display = block ?? bracket;
    const tex = display ?? paren ?? dollar;
    const body = tex ?? code ?? bold ?? reference;
    const kind =
      tex !== undefined
        ? "tex"
        : code !== undefined
          ? "code"
          : bold !== undefined
            ? "strong"
            : "ref";
    last = match.index + whole.length;
    parts.push({
      kind,
      display: display !== undefined,
      from: match.index,
      to: last,
      body,
      at: match.index + whole.indexOf(body),
    });
  }
  plain(text.length);
  return parts;
}

/** Cut [from, to) at the edges of the spans; each piece knows whether it is marked, and how. */
function pieces(from, to, marks, focus) {
  const inside = (spans, at) => spans.some(([start, end]) => start <= at && at < end);
  const edges = new Set([from, to]);
  for (const [start, end] of [...marks, ...focus]) {
    for (const edge of [start, end]) if (edge > from && edge < to) edges.add(edge);
  }
  const sorted = [...edges].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((start, i) => ({
    start,
    end: sorted[i + 1],
    mark: inside(focus, start) ? "zt-focus" : inside(marks, start) ? "zt-mark" : "",
  }));
}

function inline(text, offset, marks, focus) {
  const out = [];
  const marked = (node, name) => (name ? h("mark", { class: name }, node) : node);
  for (const part of partsOf(text)) {
    if (part.kind === "tex") {
      const touched = pieces(offset + part.from, offset + part.to, marks, focus);
      const name = touched.map((piece) => piece.mark).find(Boolean) ?? "";
      out.push(marked(formula(part.body, part.display), name));
      continue;
    }
    const start = offset + part.at;
    const nodes = pieces(start, start + part.body.length, marks, focus).map((piece) =>
      marked(
        document.createTextNode(part.body.slice(piece.start - start, piece.end - start)),
        piece.mark,
      ),
    );
    if (part.kind === "text") out.push(...nodes);
    else if (part.kind === "ref") out.push(h("span", { class: "zt-ref" }, ...nodes));
    else out.push(h(part.kind, {}, ...nodes));
  }
  return out;
}

/** The inline parts of one sentence. */
export const sentenceNodes = (text) => inline(text, 0, [], []);

/** A line's list marker, if it has one. */
export const bullet = (line) => /^\s*(?:[-*•]\s+)/.exec(line)?.[0] ?? "";

/** Lines of `text`; a display formula is not cut at the line breaks in it. */
function linesOf(text) {
  const lines = [];
  let open = false;
  for (const line of text.split("\n")) {
    if (open) lines[lines.length - 1] += `\n${line}`;
    else lines.push(line);
    if (line.split("$$").length % 2 === 0) open = !open;
  }
  return lines;
}

/**
 * Lay out a whole passage.
 *
 * `marks` are the words that support some sentence, `focus` those of the one that was clicked.
 */
export function passageNodes(text, marks = [], focus = []) {
  const blocks = [];
  let list = null;
  let at = 0;
  for (const line of linesOf(text)) {
    const offset = at;
    at += line.length + 1;
    if (!line.trim()) {
      list = null;
      continue;
    }
    const marker = bullet(line) || (/^\s*#{1,6}\s+/.exec(line)?.[0] ?? "");
    const nodes = inline(line.slice(marker.length), offset + marker.length, marks, focus);
    if (bullet(line)) {
      if (!list) blocks.push((list = h("ul")));
      list.append(h("li", {}, ...nodes));
    } else {
      list = null;
      blocks.push(h("p", { class: marker ? "zt-subhead" : null }, ...nodes));
    }
  }
  return h("div", { class: "zt-rich", lang: langOf(text) }, ...blocks);
}
