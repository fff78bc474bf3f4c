// Home: the map, what is due, what is weakest, and one line to ask. It opens first.

import { announce, h, page, t } from "./core.js";
import { banner, failureOf } from "./cards.js";
import { Today } from "./home_today.js";
import { MapCard } from "./map_card.js";
import { MapData } from "./map_data.js";
import { MapFind } from "./map_find.js";
import { MapPanel } from "./map_panel.js";
import { MapPicture } from "./map.js";
import { MapTable } from "./map_table.js";
import { legend, toolbar } from "./map_tools.js";
import { withAsker } from "./people.js";
import { status } from "./status.js";

const BESIDE = matchMedia("(min-width: 1100px)"); // the panel stands beside the map
const REST = 1500; // ms: what was asked so lately needn't be asked again when the tab is shown

export function mount(element, { server }) {
  new Home(element.querySelector(".zt-home"), withAsker(server));
}

class Home {
  constructor(root, server) {
    performance.mark("zt-home");
    this.server = server;
    this.name = ""; // of the map that is drawn
    this.indexed = ""; // the state of the index that it was read at
    this.data = null;
    this.failure = null;
    this.asked = 0;
    this.waiting = null; // the request under way
    this.entries = new Map(); // id → a promise of what the server says of it, until progress is made
    const open = (node) => this.open(node);
    this.card = new MapCard((id) => this.entry(id));
    this.picture = new MapPicture({ open, point: (node, link) => this.card.point(this.data, node, link) });
    this.table = new MapTable(open);
    this.find = new MapFind(server, {
      show: (found) => this.picture.show(this.nodes(found)),
      open: (id) => this.open(this.data?.byId.get(id)),
    });
    this.today = new Today(open);
    this.panel = new MapPanel({
      entry: (id) => this.entry(id),
      open: (id) => this.open(this.data?.byId.get(id)),
      close: () => this.close(),
    });
    this.above = h("div", { class: "zt-home-above" });
    this.bar = h("div", { class: "zt-map-bar" });
    this.body = h("div", { class: "zt-map-body" });
    this.legend = h("div");
    this.main = h("section", { class: "zt-home-map" }, this.bar, this.body, this.legend);
    this.side = h("aside", { class: "zt-home-side" }, this.today.element, this.panel.element);
    this.row = h("div", { class: "zt-home-row" }, this.side, this.main);
    this.root = root;
    this.root.replaceChildren(this.above, this.row);
    BESIDE.addEventListener("change", () => this.arrange());
    this.arrange();
    page.addEventListener("language", () => this.draw());
    page.addEventListener("progress", () => this.refresh());
    page.addEventListener("profile", () => this.refresh());
    status.addEventListener("change", () => this.statusChanged());
    document.addEventListener("visibilitychange", () => document.hidden || this.seen());
    document.addEventListener("keydown", (event) => this.key(event));
    new IntersectionObserver(([seen]) => seen.isIntersecting && this.seen()).observe(root);
    this.draw();
    this.refresh();
  }

  draw() {
    this.main.setAttribute("aria-label", t("map"));
    this.side.setAttribute("aria-label", t("home_today"));
    this.above.replaceChildren(...[banner()].filter(Boolean));
    this.today.draw(this.data);
    this.find.relabel();
    this.drawMap();
    this.panel.draw();
  }

  /** Where there is room beside the map only for one thing at a time, the map comes second. */
  arrange() {
    if (BESIDE.matches) this.today.element.after(this.today.rest);
    else this.row.append(this.today.rest);
  }

  drawMap() {
    const { data, failure } = this;
    this.bar.replaceChildren(this.find.element, ...(data ? toolbar(this) : []));
    if (failure) {
      this.body.replaceChildren(failureOf(failure, t("home_failed")));
    } else if (!data) {
      this.body.replaceChildren(h("p", { class: "zt-detail zt-home-waiting" }, t("home_waiting")));
    } else if (!data.nodes.length) {
      this.body.replaceChildren(h("p", { class: "zt-detail" }, t("home_empty")));
    } else if (this.tabular) {
      this.table.draw(data);
      this.body.replaceChildren(this.table.element);
    } else {
      this.body.replaceChildren(this.picture.element);
      this.picture.setData(data);
    }
    this.legend.replaceChildren(...(data && !this.tabular ? [legend(data)] : []));
  }

  /** Ask what is known now. One request at a time; another that is wanted meanwhile follows it. */
  async refresh() {
    this.entries.clear();
    if (this.waiting) {
      this.late = true;
      return;
    }
    this.asked = Date.now();
    this.waiting = this.server.home({ map: this.name }).catch(() => null);
    const answer = await this.waiting;
    this.waiting = null;
    if (answer) this.take(answer);
    if (this.late) {
      this.late = false;
      this.refresh();
    }
  }

  take(answer) {
    this.failure = answer.failure ?? null;
    if (this.failure) {
      this.data = null;
      this.name = "";
      this.draw();
      return;
    }
    const another = Boolean(answer.map);
    if (another) this.data = new MapData(answer.map);
    this.name = answer.name;
    this.data.progress = answer.progress;
    this.today.draw(this.data);
    if (another) this.drawMap();
    else if (this.tabular) this.table.draw(this.data);
    else this.picture.update();
    if (another) {
      performance.measure("zt-map", "zt-home");
    }
    this.panel.refresh(this.data);
  }

  /** What the server says of an entry; asked once. */
  entry(id) {
    if (!this.entries.has(id)) {
      this.entries.set(
        id,
        this.server.entry({ id }).catch(() => null),
      );
    }
    return this.entries.get(id);
  }

  nodes(found) {
    return found.map(({ id }) => this.data?.byId.get(id)).filter(Boolean);
  }

  open(node) {
    if (!node) return;
    this.card.point(this.data, null);
    if (!this.tabular) this.picture.choose(node);
    this.panel.open(node);
    this.root.classList.add("zt-home-open");
  }

  close() {
    const node = this.picture.chosen ?? this.panel.node;
    this.root.classList.remove("zt-home-open");
    this.panel.hide();
    this.picture.choose(null);
    if (this.tabular) this.table.focus(node);
    else if (node) this.picture.choose(null) ?? this.picture.links.get(node.id)?.focus();
  }

  toggleTable() {
    this.tabular = !this.tabular;
    this.drawMap();
    this.bar.querySelector(".zt-as-table")?.focus();
    announce(t(this.tabular ? "map_table" : "map_picture"));
  }

  seen() {
    if (this.root.checkVisibility() && Date.now() - this.asked > REST) this.refresh();
  }

  statusChanged() {
    const now = status.now;
    this.above.replaceChildren(...[banner()].filter(Boolean));
    if (now?.phase !== "ready" || now.indexing.running) return;
    const state = JSON.stringify([now.index, now.entries, now.chunks, now.indexing.runs]);
    const before = this.indexed;
    this.indexed = state;
    if (before !== state && (before || this.failure)) this.refresh();
  }

  key(event) {
    if (document.querySelector("dialog[open]") || !this.root.checkVisibility()) return;
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape" && !event.isComposing && this.panel.node && !typing) this.close();
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.find.focus();
    }
  }
}
