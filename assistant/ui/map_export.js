// The map as a picture: SVG drawn from the same boxes, and PNG from that. Nothing leaves the browser.

import { t, toast } from "./core.js";
import { SHOWN_LEVELS } from "./map_data.js";
import { s } from "./svg.js";

const WIDTH = 1600;
const EDGE = 24; // pixels around the map
const TOP = 64;
const FOOT = 46;
const SCALE = 2; // pixels of the PNG for one of the picture
const FONT =
  '"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",system-ui,sans-serif';
const SPACE = "http://www.w3.org/2000/svg";

/** Save the map as it is coloured now. */
export async function savePicture(data, kind) {
  const svg = picture(data);
  const text = new XMLSerializer().serializeToString(svg);
  const drawn = new Blob([text], { type: "image/svg+xml;charset=utf-8" });
  const name = `zhitu-map-${new Date().toISOString().slice(0, 10)}.${kind}`;
  try {
    save(name, kind === "svg" ? drawn : await raster(drawn, svg));
    toast(t("map_saved", { name }));
  } catch {
    toast(t("map_export_failed"));
  }
}

function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

async function raster(blob, svg) {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = SCALE * svg.getAttribute("width");
    canvas.height = SCALE * svg.getAttribute("height");
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done, failed) =>
      canvas.toBlob((made) => (made ? done(made) : failed(new Error("no picture"))), "image/png"),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The whole map as an SVG element, in the colours of the page as it is: light or dark. */
export function picture(data) {
  const look = getComputedStyle(document.documentElement);
  const colour = (name) => look.getPropertyValue(`--zt-${name}`).trim();
  const tall = (data.height("wide") * (WIDTH - 2 * EDGE)) / 1040;
  const height = Math.round(tall + TOP + FOOT);
  const pen = { colour, measure: measurer() };
  return s(
    "svg",
    { xmlns: SPACE, width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, "font-family": FONT, lang: t("lang") },
    s("title", {}, `${t("name")} · ${t("map")}`),
    s("rect", { width: WIDTH, height, fill: colour("paper") }),
    s("text", { x: EDGE, y: 42, "font-size": 24, "font-weight": 600, fill: colour("ink") }, `${t("name")} · ${t("map")}`),
    s("text", { x: WIDTH - EDGE, y: 42, "font-size": 15, "text-anchor": "end", fill: colour("soft") }, new Date().toLocaleDateString(t("lang"))),
    ...data.shelves("wide").map(({ file, y }) =>
      s("text", { x: EDGE, y: TOP + (y / 100) * tall + 26, "font-size": 15, fill: colour("soft") }, file),
    ),
    ...data.nodes.flatMap((node) => drawNode(data, node, tall, pen)),
    ...legend(height - 17, pen),
  );
}

function drawNode(data, node, tall, { colour, measure }) {
  const box = data.box(node, "wide");
  const [x, y] = [EDGE + (box.x / 100) * (WIDTH - 2 * EDGE), TOP + (box.y / 100) * tall];
  const [w, hgt] = [(box.w / 100) * (WIDTH - 2 * EDGE), (box.h / 100) * tall];
  const { level, chance, due } = data.fact(node, node.below.length > 0);
  const head = node.below.length > 0;
  const size = head ? (node.depth ? 15 : 18) : w * hgt < 8000 ? 14 : 16;
  const fill = head ? (node.depth ? colour("map-group") : colour("map-section")) : colour(`map-${level}`);
  const ink = head ? colour("ink") : colour(`map-${level}-ink`);
  const marks = [due ? String(due) : "", node.errata ? "!" : ""].filter(Boolean).join("  ");
  const tag = measure(marks, 13) + (marks ? 10 : 0) + 22;
  const flat = head || hgt < 50; // title and marks stand in one line
  const room = flat ? w - tag - 10 : w - 14;
  const rows = head ? 1 : Math.max(1, Math.floor((hgt - 26) / (size * 1.25)));
  const lines = wrapped(node.short, room, rows, (text) => measure(text, size));
  const baseline = y + size + (head ? 7 : 6);
  const foot = flat ? baseline - 5 : y + hgt - 14;
  return [
    s("rect", { x: x + 1, y: y + 1, width: Math.max(0, w - 2), height: Math.max(0, hgt - 2), rx: 5, fill, stroke: colour("line") }),
    s(
      "text",
      { "font-size": size, "font-weight": head ? 600 : 500, fill: ink },
      ...lines.map((line, i) => s("tspan", { x: x + 8, y: baseline + i * size * 1.25 }, line)),
    ),
    chance !== null && !head
      ? s("rect", { x: x + 2, y: y + hgt - 5, width: ((w - 4) * chance) / 100, height: 3, fill: ink })
      : "",
    ...(level === "own" ? [] : pie(flat ? x + w - tag : x + 15, foot, level, ink)),
    s("text", { x: flat ? x + w - tag + 13 : x + 28, y: foot + 5, "font-size": 13, "font-weight": 700, fill: ink }, marks),
  ].filter(Boolean);
}

const FILLED = { unseen: 0, weak: 1 / 4, shaky: 1 / 2, solid: 1 };

function pie(x, y, level, ink) {
  const r = 6;
  const share = FILLED[level];
  const angle = 2 * Math.PI * share;
  const end = [x + r * Math.sin(angle), y - r * Math.cos(angle)];
  return [
    s("circle", { cx: x, cy: y, r, fill: share === 1 ? ink : "none", stroke: ink, "stroke-width": 1.5 }),
    share > 0 && share < 1
      ? s("path", { d: `M${x} ${y}V${y - r}A${r} ${r} 0 0 1 ${end[0]} ${end[1]}Z`, fill: ink })
      : "",
  ].filter(Boolean);
}

function legend(y, { colour, measure }) {
  let x = EDGE;
  return SHOWN_LEVELS.flatMap((level) => {
    const at = x;
    const word = t(`level_${level}`);
    x += measure(word, 15) + 66;
    return [
      s("rect", { x: at, y: y - 15, width: 30, height: 20, rx: 4, fill: colour(`map-${level}`), stroke: colour("line") }),
      ...pie(at + 15, y - 5, level, colour(`map-${level}-ink`)),
      s("text", { x: at + 38, y, "font-size": 15, fill: colour("ink") }, word),
    ];
  });
}

/** Lines of a title that fit: broken at blanks and between Chinese characters, the last one cut. */
function wrapped(title, room, rows, width) {
  const pieces = title.replace(/(?<=[a-z])(?=[A-Z])/g, "\u200b").match(/[\u3000-\u9fff\uff00-\uffef]|[^\s\u200b\u3000-\u9fff\uff00-\uffef]+[\s\u200b]*/g) ?? [title];
  const lines = [""];
  for (const piece of pieces.map((one) => one.replaceAll("\u200b", ""))) {
    const longer = lines.at(-1) + piece;
    if (width(longer.trimEnd()) <= room || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  const kept = lines.slice(0, rows).map((line) => line.trimEnd());
  const last = kept.length - 1;
  if (lines.length > rows || width(kept[last]) > room) {
    const more = lines.length > rows ? "…" : "";
    while (kept[last].length > 1 && width(kept[last] + "…") > room) kept[last] = kept[last].slice(0, -1);
    if (more || kept[last] !== lines[last].trimEnd()) kept[last] += "…";
  }
  return kept;
}

function measurer() {
  const pen = document.createElement("canvas").getContext("2d");
  return (text, size) => {
    pen.font = `500 ${size}px ${FONT}`;
    return pen.measureText(text).width;
  };
}
