// The small card at a box that is pointed at or has the focus: what is known of it, and its first claim.

import { h, langOf, t } from "./core.js";
import { formula } from "./formula.js";
import { factWords } from "./map_data.js";

const PAUSE = 160; // ms that a pointer rests before the server is asked
const GAP = 8; // pixels between box and card
const LEAD = 110; // characters

export class MapCard {
  /** @param entry gives a promise of what the server says of an entry */
  constructor(entry) {
    this.entry = entry;
    this.node = null;
    this.timer = 0;
    this.element = h("div", { class: "zt zt-map-card", id: "zt-map-card", role: "tooltip", hidden: true });
    document.body.append(this.element);
    addEventListener("scroll", () => this.hide(), { capture: true, passive: true });
  }

  point(data, node, link) {
    if (node === this.node) return;
    this.hide();
    if (!node || matchMedia("(hover: none)").matches) return;
    this.node = node;
    this.link = link;
    const words = factWords(data, node);
    this.lead = h("p", { class: "zt-map-lead" });
    this.element.replaceChildren(
      h("p", { class: "zt-map-name", lang: langOf(node.title) }, node.title),
      h("p", { class: "zt-detail" }, words.join(" · ")),
      this.lead,
    );
    this.timer = setTimeout(() => this.show(node), PAUSE);
  }

  async show(node) {
    this.element.hidden = false;
    this.place();
    this.link.setAttribute("aria-describedby", this.element.id);
    const entry = await this.entry(node.id);
    if (this.node !== node || !entry?.id) return;
    this.lead.replaceChildren(...leadOf(entry));
    this.place();
  }

  /** Below the box, or above it where there is no room, and never beyond the window. */
  place() {
    const box = this.link.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = Math.max(8, Math.min(box.left, innerWidth - width - 8));
    const under = box.bottom + GAP;
    const top = under + height < innerHeight ? under : Math.max(8, box.top - height - GAP);
    this.element.style.cssText = `left:${left}px;top:${top}px`;
  }

  hide() {
    clearTimeout(this.timer);
    this.link?.removeAttribute("aria-describedby");
    this.node = null;
    this.element.hidden = true;
  }
}

/** The first claim of an entry, cut after a few words; formulas are set. */
export function leadOf({ sections }) {
  const html = sections[0]?.html;
  if (!html) return [];
  const page = h("template");
  page.innerHTML = html; // rendered by the server, which lets no markup of a note through
  const first = page.content.querySelector("li, p");
  first?.querySelectorAll(".zt-marks, ul, ol").forEach((part) => part.remove());
  const nodes = [];
  let room = LEAD;
  for (const part of first?.childNodes ?? []) {
    const text = part.textContent;
    const tex = part.nodeType === Node.ELEMENT_NODE && part.classList.contains("zt-tex");
    if (tex) nodes.push(formula(text, false));
    else nodes.push(text.length > room ? `${text.slice(0, room)}…` : text);
    room -= text.length;
    if (room <= 0) break;
  }
  return nodes;
}
