// What is taken from a conversation: for a follow-up question, to copy, and as a file.

import { langOf, t } from "./core.js";
import { placeErrata } from "./errata.js";
import { said } from "./failure.js";

const REMEMBERED = 6; // turns that a follow-up question may refer to

/** What a follow-up needs of the turns before it: `Turn` of the schema. */
export const historyOf = (turns) =>
  turns
    .filter((turn) => turn.view.phase !== "failed" && turn.view.understood)
    .slice(-REMEMBERED)
    .map(({ question, view }) => ({
      question,
      understood: view.understood,
      entries: [
        ...new Set(view.citations.filter((c) => c.kind !== "reference").map((c) => c.entry)),
      ],
    }));

/** `[1]` in a sentence's own text; the numbers are shown from its citations instead. */
export function withoutMarkers(text, citations) {
  const known = new Set(citations.map((citation) => String(citation.n)));
  return text.replace(/[ \t]*\[(\d+(?:\s*[,，、]\s*\d+)*)\]/g, (whole, numbers) =>
    numbers.split(/\s*[,，、]\s*/).every((number) => known.has(number)) ? "" : whole,
  );
}

/** The answer as plain text with its `[n]`, a line a paragraph. */
export function answerText(view) {
  let text = "";
  for (const sentence of view.sentences) {
    const numbers = sentence.citations.map((n) => `[${n}]`).join("");
    const flag = sentence.status === "unsupported" ? t("unsupported_aside") : "";
    const lead = text && sentence.lead === "\n" ? "\n\n" : text ? sentence.lead : "";
    text += `${lead}${withoutMarkers(sentence.text, view.citations)}${numbers ? ` ${numbers}` : ""}${flag}`;
  }
  return text || view.reason;
}

const sourceOf = ({ source }) =>
  source.url ? `[${source.title || source.url}](${source.url})` : source.file || source.title;

function passagesText(view) {
  const errataOf = placeErrata(view.errata, view.citations);
  return view.citations.map((citation) => {
    const { quoted, other } = errataOf(citation);
    const quote = citation.quote.trim().replace(/\n/g, "\n> ");
    const errata = [...quoted, ...other].map(
      ({ claim, correction }) => `>\n> **${t("erratum")}**${t("colon")}${claim} → ${correction}`,
    );
    const head = `**[${citation.n}]** ${citation.path.join(" › ")} (${sourceOf(citation)})`;
    return [head, "", `> ${quote}`, ...errata].join("\n");
  });
}

/** What "copy" takes along: the answer, and a line a passage. */
export function copyText(view) {
  const sources = view.citations.map((c) => `[${c.n}] ${c.path.join(" › ")}`);
  return [answerText(view), sources.join("\n")].filter(Boolean).join("\n\n");
}

/** The whole conversation as one Markdown document. */
export function markdown(turns) {
  const parts = [`# ${t("export_title")}`, new Date().toLocaleString(t("lang"))];
  for (const { question, scope, view, stopped } of turns) {
    parts.push(`## ${question.trim().replace(/\s*\n\s*/g, " ")}`);
    if (view.understood && view.understood !== question) {
      parts.push(`*${t("understood")}${t("colon")}${view.understood}*`);
    }
    if (scope) parts.push(`*${t("scope_label")}${t("colon")}${scope.title}*`);
    if (view.failure) parts.push(`> ${said(view.failure, "found")}`);
    parts.push(answerText(view));
    if (stopped) parts.push(`*${t("stopped")}*`);
    if (view.removed) parts.push(`*${t("removed", { n: view.removed })}*`);
    if (view.citations.length) parts.push(`### ${t("passages")}`, ...passagesText(view));
  }
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

export function download(name, text, kind = "text/markdown") {
  const url = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.lang = langOf(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Copy, also where the page is served without HTTPS and the clipboard interface is not there. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
