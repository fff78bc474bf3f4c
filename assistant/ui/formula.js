// Formulas: KaTeX is loaded once one was seen, and what is too wide for its column is made to fit.

import { h } from "./core.js";

const SMALLEST = 0.8; // a formula is made smaller down to this, and no further
const SHORT = 160; // pixels of a formula that may not be broken
const PIECE = /\\begin\b|\\end\b|\\left\b|\\right\b|\\q?quad\b|\\.|[{}]/g;
const CLOSING = /^[\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u300d\u201d\u2019,.;:)]/;
const STEP = { "\\begin": 1, "\\end": -1, "\\left": 1, "\\right": -1, "{": 1, "}": -1 };

let katex = null; // a promise, once a formula was seen

function loadKatex() {
  const { js, css } = window.zhituConfig.katex;
  if (!js) return Promise.reject(new Error("Gradio carries no KaTeX"));
  document.head.append(h("link", { rel: "stylesheet", href: new URL(css, document.baseURI) }));
  return import(new URL(js, document.baseURI)).then((module) => module.default);
}

/** Make the element of a formula. It is legible as it stands, should KaTeX not load. */
export function formula(tex, display) {
  const element = h("span", { class: display ? "zt-tex zt-tex-display" : "zt-tex" }, tex);
  set(element, tex, display);
  return element;
}

/** Draw the formulas in HTML of the server's, and let the keyboard into what is too wide. */
export function typeset(root) {
  for (const element of root.querySelectorAll(".zt-tex")) {
    const display = element.classList.contains("zt-tex-display");
    set(element, element.textContent, display, display ? undefined : keepTogether);
  }
  const wide = () => {
    for (const element of root.querySelectorAll(".zt-table, pre")) {
      if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    }
  };
  Promise.resolve(katex).then(wide, wide); // a formula may widen its table
}

/** A short formula stays in one line, and punctuation never begins one: it joins the formula. */
function keepTogether(element) {
  const after = element.nextSibling;
  const bases = [...element.querySelectorAll(".katex-html > .base")];
  const last = bases.at(-1);
  if (!last) return;
  const width = bases.reduce((sum, base) => sum + base.offsetWidth, 0);
  if (width < SHORT) element.classList.add("zt-keep");
  if (after?.nodeType === Node.TEXT_NODE && CLOSING.test(after.data)) {
    last.append(h("span", { class: "zt-after" }, after.data[0]));
    after.data = after.data.slice(1);
  } else if (after?.classList?.contains("zt-keep") && width < SHORT) {
    after.prepend(element); // with the number of a reference behind it
  }
}

function set(element, tex, display, then) {
  katex ??= loadKatex();
  katex
    .then((library) => {
      const draw = (text) =>
        library.render(text, element, {
          displayMode: display,
          throwOnError: false,
          trust: false,
          strict: "ignore",
          maxExpand: 200,
          maxSize: 20,
        });
      draw(tex);
      if (display) fit(element, tex, draw);
      then?.(element);
    })
    .catch(() => {});
}

/** Too wide: equations one below the other; then smaller; then it scrolls. */
function fit(element, tex, draw) {
  const share = () => element.clientWidth / (element.scrollWidth || 1);
  const equations = share() < 1 ? equationsOf(tex) : [];
  if (equations.length > 1) draw(`\\begin{gathered}${equations.join("\\\\")}\\end{gathered}`);
  const now = share();
  if (now >= 1 || !element.clientWidth) return;
  if (now >= SMALLEST) element.style.fontSize = `${now * 0.98}em`;
  else element.tabIndex = 0; // the keyboard must get into what scrolls
}

/** The equations that `\quad` and `\qquad` set side by side. */
function equationsOf(tex) {
  const found = [];
  let [depth, from] = [0, 0];
  for (const { 0: piece, index } of tex.matchAll(PIECE)) {
    depth += STEP[piece] ?? 0;
    if (depth || !piece.endsWith("quad")) continue;
    found.push(tex.slice(from, index));
    from = index + piece.length;
  }
  return [...found, tex.slice(from)].filter((equation) => equation.trim());
}
