// How figures, measures and searches are written on the Evals tab.

import { h, knows, t } from "./core.js";

/** `key` + name where there is a text for it: names of runs made elsewhere may be new to us. */
const known = (key, name) => (knows(`${key}_${name}`) ? t(`${key}_${name}`) : name);

export const searchName = (name) => known("search", name);
export const measureName = (name) => known("measure", name);
export const kindName = (name) => known("kind_of", name);
export const runKind = (name) => known("run_kind", name);

export const figure = (x) => x.toFixed(3);
export const signed = (x) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;
export const chance = (p) => (p < 0.001 ? "< 0.001" : p.toFixed(3));

/** Day and time as the reader writes them, to the minute. */
export const moment = (text) =>
  new Date(text).toLocaleString(t("lang"), { dateStyle: "medium", timeStyle: "short" });

/** A table that may be wider than the screen, and is then moved by itself. */
export const wide = (label, rows) =>
  h(
    "div",
    { class: "zt-wide", tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, ...rows),
  );

/** A labelled `<select>`. `options` are [value, text]; `choose` gets the value. */
export function choice(label, options, chosen, choose) {
  const option = ([value, text]) =>
    h("option", { value, selected: value === chosen ? true : null }, text);
  return h(
    "label",
    { class: "zt-choice" },
    h("span", {}, label),
    h(
      "select",
      { onchange: (event) => choose(event.target.value) },
      ...options.map((one) =>
        one.options ? h("optgroup", { label: one.label }, ...one.options.map(option)) : option(one),
      ),
    ),
  );
}

/** The server's functions, each of which answers {failure} where it can't be reached. */
export const careful = (server) =>
  new Proxy(server, {
    get: (functions, name) => async (given) => {
      // Gradio answers nothing where a request fails
      const answer = await functions[name](given ?? {}).catch(() => null);
      return answer ?? { failure: lost() };
    },
  });

const lost = () => ({ kind: "Lost", found: t("lost_title"), next_step: t("lost_text") });
