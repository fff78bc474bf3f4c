// What an error says, in the reader's language. The server sends English and Chinese beside each
// other, so that the words follow the page's language; what the page says itself is in it already.

import { language } from "./core.js";

/** The text of `name` in `from`, in the reader's language: `name` is English, `name_zh` Chinese. */
export const said = (from, name) => (language() === "zh" && from[`${name}_zh`]) || from[name];

/** What was found, and the next step where there is one: a line each. */
export const linesOf = (failure) =>
  [said(failure, "found"), said(failure, "next_step")].filter(Boolean);

/** The same as one text, where there is no room for a card. */
export const sentenceOf = (failure) => linesOf(failure).join(language() === "zh" ? "\u3002" : ". ");
