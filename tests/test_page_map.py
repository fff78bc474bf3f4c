"""Home and the map in a real Chromium, over the whole real corpus with a fake embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from page_kit import no_sideways_scroll, serious, served
from playwright.sync_api import BrowserContext, Locator, Page, expect
from test_home_map import record

from assistant.config import load_settings
from assistant.pipeline import Assistant

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCRIPT = "map_server.py"
DILATED = "terms/dilated-convolution"
RESNET = "backbone/deeper/resnet"
OWN = (
    "# 我的网络\n\n一点总述。\n\n## ResNet\n\n- 创新点:shortcut\n"
    "- 一是导数总比原导数加1,解决梯度消失\n\n## 扩散模型\n\n- 逐步加噪。\n"
)

OpenMap = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this module keeps index and progress, and the learner's own note."""
    made = tmp_path_factory.mktemp("map")
    (made / "own.md").write_text(OWN, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    with served(str(folder), "--own", str(folder / "own.md"), script=SCRIPT) as (address, _):
        yield address


@pytest.fixture(scope="module")
def learned(folder: Path, server: str) -> Iterator[Assistant]:
    """The same progress as the server's, to record what a learner has done."""
    assistant = Assistant(load_settings(model="none", data_dir=folder / "data"))
    yield assistant
    assistant.close()


@pytest.fixture
def open_map(server: str, profiles: Callable[..., BrowserContext]) -> OpenMap:
    """Open Home: `open_map(width=390, dark=True, locale="en-US")`."""

    def opened(address: str = server, **profile: object) -> Page:
        page = profiles(**profile).new_page()
        page.goto(address)
        expect(page.locator(".zt-map > a").first).to_be_visible(timeout=90_000)
        return page

    return opened


@pytest.fixture
def learner(learned: Assistant, profiles: Callable[..., BrowserContext]) -> Callable[[Page], str]:
    """Let somebody new learn on a page; returns the id."""

    def switch(page: Page) -> str:
        now = datetime.now(UTC)
        name = f"学习者 {now.timestamp()}"
        made = learned.store.create_profile(name, now).id
        page.evaluate("(id) => localStorage.setItem('zhitu.profile', id)", made)
        page.reload()
        expect(page.locator(".zt-map > a").first).to_be_visible()
        return made

    return switch


def box(page: Page, identity: str) -> Locator:
    return page.locator(f'.zt-map > a[data-id="{identity}"]')


def progress(page: Page) -> None:
    """What a tab says when it has recorded something."""
    page.evaluate(
        "import('./zhitu/core.js').then(({ page }) => page.dispatchEvent(new Event('progress')))"
    )


# --- a newcomer ---------------------------------------------------------------------------------


def test_home_opens_first_and_tells_a_newcomer_what_to_do(open_map: OpenMap) -> None:
    page = open_map()
    expect(page.get_by_role("tab", name="地图")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".zt-today h2")).to_have_text("从第一次面试开始")
    expect(page.locator(".zt-weakest")).to_be_hidden()
    assert page.locator(".zt-today button").all_inner_texts() == ["开始第一次面试"]
    page.get_by_role("button", name="开始第一次面试").click()
    expect(page.get_by_role("tab", name="面试")).to_have_attribute("aria-selected", "true")


def test_dilated_finds_its_entry_which_is_read_and_walked_from(open_map: OpenMap) -> None:
    page = open_map()
    page.keyboard.press("/")
    expect(page.locator("#zt-map-find")).to_be_focused()
    page.keyboard.type("dilated")
    expect(page.get_by_role("option").first).to_contain_text("空洞卷积")
    expect(box(page, DILATED)).to_have_class(re.compile("zt-found"))
    page.keyboard.press("Enter")
    panel = page.locator(".zt-map-panel")
    expect(panel.locator("h2")).to_have_text("空洞卷积")
    expect(panel.locator("h2")).to_be_focused()
    expect(panel.locator(".zt-prose li").first).to_be_visible()
    expect(panel.locator(".zt-cited").first).to_be_visible()
    assert page.locator(".zt-lines line").count() >= 1
    panel.locator(".zt-panel-near").get_by_role("link", name="ENet").click()
    expect(panel.locator("h2")).to_have_text("ENet")
    expect(box(page, "backbone/functional/segmentation/enet")).to_have_attribute(
        "aria-current", "true"
    )
    panel.get_by_role("link", name="读全文").click()
    expect(page.locator("dialog.zt-reader h1")).to_have_text("ENet")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.zt-reader")).to_be_hidden()
    expect(panel.locator("h2")).to_have_text("ENet")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(box(page, "backbone/functional/segmentation/enet")).to_be_focused()


def test_one_walks_from_resnet_to_densenet_and_on(open_map: OpenMap) -> None:
    page = open_map()
    box(page, RESNET).click()
    near = page.locator(".zt-panel-near")
    for title in ("DenseNet", "ResNet"):
        near.get_by_role("link", name=title, exact=True).first.click()
        expect(page.locator(".zt-map-panel h2")).to_have_text(title)


@pytest.mark.parametrize(
    ("typed", "title"), [("空同卷积", "空洞卷积"), ("renset", "ResNet"), ("长短期记忆", "LSTM")]
)
def test_a_misspelt_or_other_name_is_found(open_map: OpenMap, typed: str, title: str) -> None:
    page = open_map()
    page.locator("#zt-map-find").fill(typed)
    expect(page.get_by_role("option").first).to_contain_text(title)


def test_what_is_not_on_the_map_is_said(open_map: OpenMap) -> None:
    page = open_map()
    page.locator("#zt-map-find").fill("qqqq")
    expect(page.locator("#zt-map-found li").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#zt-map-find")).to_have_value("")
    expect(page.locator("#zt-map-found")).to_be_hidden()


# --- what is known ------------------------------------------------------------------------------


def test_colours_follow_what_was_answered_without_a_reload(
    open_map: OpenMap, learner: Callable[[Page], str], learned: Assistant
) -> None:
    page = open_map()
    who = learner(page)
    expect(box(page, RESNET)).to_have_attribute("data-level", "unseen")
    before = box(page, RESNET).evaluate("e => getComputedStyle(e).backgroundColor")
    page.evaluate("window.zhituKept = true")
    now = datetime.now(UTC)
    for question in [q for q in learned.bank if q.startswith(f"{RESNET}#")]:
        record(learned, who, question, 100, now)
    progress(page)
    expect(box(page, RESNET)).to_have_attribute("data-level", "solid")
    expect(box(page, RESNET)).to_have_accessible_name(
        re.compile("ResNet：牢固、记得的概率 100 %、得分 100")
    )
    page.wait_for_timeout(700)  # the colour fades in
    assert box(page, RESNET).evaluate("e => getComputedStyle(e).backgroundColor") != before
    assert page.evaluate("window.zhituKept")
    expect(page.locator(".zt-today h2")).to_have_text("今天没有到期的。")
    expect(page.get_by_role("button", name="今天的五分钟")).to_be_visible()


def test_coming_back_to_the_tab_asks_again(
    open_map: OpenMap, learner: Callable[[Page], str], learned: Assistant
) -> None:
    page = open_map()
    who = learner(page)
    vgg = [q for q in learned.bank if q.startswith("backbone/deeper/vggnet#")]
    page.get_by_role("tab", name="提问").click()
    expect(page.locator(".zt-home")).to_be_hidden()
    long_ago = datetime.now(UTC) - timedelta(days=40)
    for question in vgg:
        record(learned, who, question, 0, long_ago)
    page.wait_for_timeout(1600)  # what was asked so lately is not asked again
    page.get_by_role("tab", name="地图").click()
    expect(box(page, "backbone/deeper/vggnet")).to_have_attribute("data-level", "weak")
    expect(box(page, "backbone/deeper/vggnet").locator(".zt-due")).to_have_text(str(len(vgg)))
    expect(page.locator(".zt-today h2")).to_contain_text(f"{len(vgg)} 题到期")
    weakest = page.locator(".zt-weakest button")
    expect(weakest).to_have_count(1)
    weakest.click()
    panel = page.locator(".zt-map-panel")
    expect(panel.locator("h2")).to_have_text("VGGNet")
    expect(panel.locator(".zt-panel-facts")).to_contain_text("不牢")
    expect(panel.locator(".zt-panel-facts")).to_contain_text("今天到期")
    page.locator(".zt-panel-close").click()
    page.get_by_role("button", name="今天的五分钟").click()
    expect(page.get_by_role("tab", name="复习")).to_have_attribute("aria-selected", "true")


def test_the_line_to_ask_leads_to_the_conversation(open_map: OpenMap) -> None:
    page = open_map()
    page.get_by_label("问你的笔记").fill("ResNet 是什么？")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="提问")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".zt-turn h2")).to_have_text("ResNet 是什么？")


def test_an_entry_can_be_asked_about_and_quizzed(open_map: OpenMap) -> None:
    page = open_map()
    box(page, DILATED).click()
    page.locator(".zt-map-panel").get_by_role("button", name="问这一条").click()
    expect(page.locator(".zt-scope-button")).to_have_text("空洞卷积")
    page.get_by_role("tab", name="地图").click()
    page.locator(".zt-map-panel").get_by_role("button", name="考考我").click()
    expect(page.get_by_role("tab", name="面试")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".zt-interview textarea")).to_be_visible()


# --- by keyboard, as a table, as a picture ------------------------------------------------------


def test_arrow_keys_move_between_boxes(open_map: OpenMap) -> None:
    page = open_map()
    inside = page.locator('.zt-map > a[tabindex="0"]')
    expect(inside).to_have_count(1)
    page.locator(".zt-map-export summary").focus()
    page.keyboard.press("Tab")
    expect(inside).to_be_focused()
    page.keyboard.press("End")
    ids = page.locator(".zt-map > a").evaluate_all("(all) => all.map((one) => one.dataset.id)")
    expect(box(page, ids[-1])).to_be_focused()
    page.keyboard.press("Home")
    expect(box(page, ids[0])).to_be_focused()
    start = box(page, RESNET)
    start.focus()
    here = start.bounding_box()
    ways = (("Right", "x", 1), ("Left", "x", -1), ("Down", "y", 1), ("Up", "y", -1))
    for key, axis, sign in ways:
        start.focus()
        page.keyboard.press(f"Arrow{key}")
        there = page.locator(":focus").bounding_box()
        assert here is not None
        assert there is not None
        if there != here:  # ResNet may stand at the edge of the map
            assert sign * (there[axis] - here[axis]) > 0
    start.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".zt-map-panel h2")).to_have_text("ResNet")
    expect(inside).to_have_count(1)


def test_every_box_can_be_reached_by_arrow_keys(open_map: OpenMap) -> None:
    page = open_map()
    unreached = page.evaluate(
        """async () => {
          const { nextBox } = await import('./zhitu/map_walk.js');
          const links = [...document.querySelectorAll('.zt-map > a')];
          const seen = new Set([links[0]]);
          const todo = [links[0]];
          while (todo.length) {
            const here = todo.pop();
            for (const key of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']) {
              const to = nextBox(key, here, links);
              if (to && !seen.has(to)) { seen.add(to); todo.push(to); }
            }
          }
          return links.filter((link) => !seen.has(link)).map((link) => link.dataset.id);
        }"""
    )
    assert unreached == []


def test_a_pointer_that_rests_on_a_box_gets_a_card(open_map: OpenMap) -> None:
    page = open_map()
    box(page, RESNET).hover()
    card = page.locator("#zt-map-card")
    expect(card).to_contain_text("ResNet")
    expect(card.locator(".zt-map-lead")).to_contain_text("shortcut")
    expect(card.locator(".zt-detail")).to_contain_text("没问过")
    page.mouse.move(1, 1)
    expect(card).to_be_hidden()


def test_the_table_holds_the_same_facts_as_the_map(open_map: OpenMap) -> None:
    page = open_map()
    boxes = page.locator(".zt-map > a").count()
    page.get_by_role("button", name="看表格").click()
    table = page.get_by_role("table")
    expect(table.locator("tbody tr")).to_have_count(boxes)
    row = table.locator("tr", has=page.get_by_role("link", name="ResNet", exact=True)).first
    expect(row).to_contain_text("没问过")
    expect(row).to_contain_text("0 / 6")
    row.get_by_role("link").click()
    expect(page.locator(".zt-map-panel h2")).to_have_text("ResNet")
    page.keyboard.press("Escape")
    expect(row.get_by_role("link")).to_be_focused()
    page.get_by_role("button", name="看地图").click()
    expect(box(page, RESNET)).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_the_map_is_saved_as_a_picture(open_map: OpenMap, tmp_path: Path, dark: bool) -> None:
    page = open_map(dark=dark)

    def saved(kind: str) -> Path:
        page.locator(".zt-map-export summary").click()
        with page.expect_download() as download:
            page.locator(".zt-map-export").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename.endswith(kind.lower())
        path = tmp_path / f"map.{kind}"
        download.value.save_as(path)
        return path

    svg = saved("SVG").read_text(encoding="utf-8")
    for title in ("空洞卷积", "ResNet", "知图 · 知识地图", "own.md"):
        assert title in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    png = saved("PNG").read_bytes()
    assert png.startswith(b"\x89PNG")
    width, height = (int.from_bytes(png[at : at + 4]) for at in (16, 20))
    assert width == 3200
    assert height > 1600
    colours = page.evaluate(  # that it isn't empty: many colours, and text of dark and light
        """async (bytes) => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
          const canvas = new OffscreenCanvas(image.width, image.height);
          const pen = canvas.getContext('2d');
          pen.drawImage(image, 0, 0);
          const { data } = pen.getImageData(0, 0, image.width, 600);
          const seen = new Set();
          for (let i = 0; i < data.length; i += 4) {
            seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
          }
          return seen.size;
        }""",
        list(png),
    )
    assert colours > 50


# --- own notes ----------------------------------------------------------------------------------


def test_an_erratum_leads_to_the_line_of_the_own_note_which_is_mended_and_undone(
    open_map: OpenMap, folder: Path
) -> None:
    page = open_map()
    own = page.locator('.zt-map > a[data-level="own"]')
    expect(page.locator(".zt-shelf")).to_have_text("own.md")
    own.filter(has_text="ResNet").click()
    page.locator(".zt-map-panel").get_by_role("link", name="读全文").click()
    reader = page.locator("dialog.zt-reader")
    line = reader.locator(".zt-note-line").filter(has_text="导数总比原导数加1")
    expect(line).to_contain_text("笔记第 8 行")
    line.get_by_role("button", name="改这一行").click()
    text = reader.locator("#zt-note-text")
    expect(text).to_be_focused()
    assert text.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd)") == (
        "- 一是导数总比原导数加1,解决梯度消失"
    )
    expect(reader.locator(".zt-note-right")).to_contain_text("恒等捷径")
    wrong = "一是导数总比原导数加1,解决梯度消失"
    text.fill(text.input_value().replace(wrong, "恒等捷径的导数是 1"))
    page.keyboard.press("Control+Enter")
    expect(reader.locator(".zt-note-said")).to_contain_text("已写回文件")
    assert "恒等捷径的导数是 1" in (folder / "own.md").read_text(encoding="utf-8")
    assert (folder / "own.md.zhitu.bak").read_text(encoding="utf-8") == OWN
    expect(reader.locator(".zt-note-said")).to_contain_text("索引也更新了", timeout=60_000)
    expect(reader.locator(".zt-prose").first).to_contain_text("恒等捷径的导数是 1")
    reader.get_by_role("button", name="撤销上次保存").click()
    expect(reader.locator(".zt-note-said")).to_contain_text("已撤销")
    assert (folder / "own.md").read_text(encoding="utf-8") == OWN
    expect(reader.locator(".zt-prose").first).to_contain_text("导数总比", timeout=60_000)


def test_what_another_program_wrote_meanwhile_is_kept_and_so_is_what_was_typed(
    open_map: OpenMap, folder: Path
) -> None:
    page = open_map()
    page.locator('.zt-map > a[data-level="own"]').filter(has_text="扩散模型").click()
    page.locator(".zt-map-panel").get_by_role("link", name="读全文").click()
    reader = page.locator("dialog.zt-reader")
    reader.get_by_role("button", name="编辑").click()
    expect(reader.locator("#zt-note-text")).to_have_value("## 扩散模型\n\n- 逐步加噪。\n")
    reader.locator("#zt-note-text").fill("## 扩散模型\n\n- 我改的。\n")
    (folder / "own.md").write_text(OWN + "- 别处写的。\n", encoding="utf-8")
    reader.get_by_role("button", name="保存", exact=True).click()
    expect(reader.locator(".zt-card-error")).to_contain_text("磁盘上的 own.md 被改过")
    expect(reader.locator("#zt-note-text")).to_have_value("## 扩散模型\n\n- 我改的。\n")
    (folder / "own.md").write_text(OWN, encoding="utf-8")
    page.keyboard.press("Escape")  # what was typed is there again
    page.locator(".zt-map-panel").get_by_role("link", name="读全文").click()
    reader.get_by_role("button", name="编辑").click()
    expect(reader.locator("#zt-note-text")).to_have_value("## 扩散模型\n\n- 我改的。\n")
    reader.get_by_role("button", name="不改了").click()
    expect(reader.locator("h1")).to_have_text("扩散模型")
    assert (folder / "own.md").read_text(encoding="utf-8") == OWN


def test_built_in_notes_cannot_be_edited_and_that_is_said(open_map: OpenMap) -> None:
    page = open_map()
    box(page, "optimizer/adam").click()
    page.locator(".zt-map-panel").get_by_role("link", name="读全文").click()
    reader = page.locator("dialog.zt-reader")
    expect(reader.locator(".zt-note-builtin")).to_contain_text("这是内置笔记")
    expect(reader.get_by_role("button", name="编辑")).to_have_count(0)


# --- for everyone -------------------------------------------------------------------------------


def test_at_1440_every_title_is_whole_and_the_map_stands_within_a_second(open_map: OpenMap) -> None:
    page = open_map()
    page.reload()
    expect(page.locator(".zt-map > a").first).to_be_visible()
    cut = page.evaluate(
        """[...document.querySelectorAll('.zt-leaf')]
          .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
          .map((e) => e.textContent)"""
    )
    assert cut == []
    small = page.evaluate(
        """Math.min(...[...document.querySelectorAll('.zt-map > a')]
          .map((e) => parseFloat(getComputedStyle(e).fontSize)))"""
    )
    assert small >= 12
    took = page.evaluate("performance.getEntriesByName('zt-map')[0].duration")
    print(f"the map stood {took:.0f} ms after the page")
    assert took < 1000


def test_on_a_phone_sections_come_first_and_open_at_a_tap(open_map: OpenMap) -> None:
    page = open_map(width=390)
    sections = page.locator(".zt-map > a")
    assert sections.count() == 9  # eight, and the own one
    expect(sections.first).to_contain_text("42 条")
    box(page, "backbone").click()
    expect(box(page, RESNET)).to_be_visible()
    assert no_sideways_scroll(page)
    least = page.evaluate(
        """Math.min(...[...document.querySelectorAll('.zt-leaf')]
          .map((e) => Math.min(e.clientWidth, e.clientHeight)))"""
    )
    assert least >= 24  # pixels: what a finger can hit
    box(page, RESNET).click()
    panel = page.locator(".zt-map-panel")
    expect(panel.locator("h2")).to_have_text("ResNet")
    panel.locator(".zt-panel-near").get_by_role("link", name="WGAN-GP").click()
    expect(panel.locator("h2")).to_have_text("WGAN-GP")  # its section has opened below
    page.locator(".zt-panel-close").click()
    expect(box(page, "gan/wgan-gp")).to_be_visible()
    page.get_by_role("button", name="全部").click()
    expect(box(page, "gan")).to_be_focused()


LUMINANCE = """
(pairs) => pairs.map(([ink, paper]) => {
  const light = (colour) => {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = colour;
    const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((v) => {
      const c = v / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    probe.remove();
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const [a, b] = [light(ink), light(paper)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
})"""
# Machado, Oliveira, Fernandes 2009, severity 1: https://doi.org/10.1109/TVCG.2009.113
SEEN_AS = {
    "everybody": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}
LEAST = 15  # CIE76: a just noticeable difference is 2.3


def lab(rgb: list[float]) -> tuple[float, float, float]:
    """CIE L*a*b* of linear sRGB, D65."""
    r, g, b = rgb
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089

    def f(t: float) -> float:
        return t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116

    return 116 * f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))


@pytest.mark.parametrize("dark", [False, True])
def test_colours_can_be_told_apart_and_words_on_them_read(open_map: OpenMap, dark: bool) -> None:
    page = open_map(dark=dark)
    levels = ("unseen", "weak", "shaky", "solid", "own")
    pairs = [[f"var(--zt-map-{level}-ink)", f"var(--zt-map-{level})"] for level in levels]
    ratios = page.evaluate(LUMINANCE, pairs)
    assert min(ratios) >= 4.5
    names = [f"--zt-map-{level}" for level in levels[:4]]
    shown = page.evaluate(
        """(names) => names.map((name) =>
          getComputedStyle(document.documentElement).getPropertyValue(name))""",
        names,
    )
    linear = [
        [(v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4)
         for v in (int(colour.strip()[at : at + 2], 16) / 255 for at in (1, 3, 5))]
        for colour in shown
    ]  # fmt: skip
    for who, matrix in SEEN_AS.items():
        seen = [
            lab([min(1, max(0, sum(m * v for m, v in zip(row, c, strict=True)))) for row in matrix])
            for c in linear
        ]
        for i, one in enumerate(seen):
            for j, other in enumerate(seen[:i]):
                apart = sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5
                assert apart >= LEAST, f"{levels[i]} and {levels[j]} for {who}: {apart:.1f}"


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious(
    open_map: OpenMap, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_map(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")

    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)
    page.locator("#zt-map-find").fill("dilated")
    expect(page.get_by_role("option").first).to_be_visible()
    assert serious(page, axe) == "[]"
    page.keyboard.press("Enter")
    expect(page.locator(".zt-map-panel .zt-prose")).to_be_visible()
    assert serious(page, axe) == "[]"
    page.locator(".zt-panel-close").click()
    page.locator(".zt-as-table").click()
    expect(page.get_by_role("table")).to_be_visible()
    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)


def test_own_notes_in_the_editor_are_accessible(open_map: OpenMap, axe: str) -> None:
    page = open_map()
    page.locator('.zt-map > a[data-level="own"]').filter(has_text="扩散模型").click()
    page.locator(".zt-map-panel").get_by_role("link", name="读全文").click()
    page.locator("dialog.zt-reader").get_by_role("button", name="编辑").click()
    expect(page.locator("#zt-note-text")).to_be_visible()
    assert serious(page, axe) == "[]"


def test_two_thousand_entries_are_drawn_and_stay_smooth(tmp_path: Path, open_map: OpenMap) -> None:
    many = tmp_path / "many.md"
    lines = []
    for s in range(10):
        lines.append(f"# 部分 {s}")
        for g in range(10):
            lines.append(f"## 组 {s}.{g}")
            lines += [f"### 条目 {s}.{g}.{e}\n\n- 这是第 {e} 条。" for e in range(19)]
    many.write_text("\n\n".join(lines), encoding="utf-8")
    with served(str(tmp_path), "--bare", "--own", str(many), script=SCRIPT) as (address, _):
        page = open_map(address)
        page.reload()
        expect(page.locator(".zt-map > a").first).to_be_visible()
        assert page.locator(".zt-map > a").count() >= 2000
        stood = page.evaluate("performance.getEntriesByName('zt-map')[0].duration")
        drawn = page.evaluate(
            """async () => {
              const { MapPicture } = await import('./zhitu/map.js');
              const { MapData } = await import('./zhitu/map_data.js');
              const home = document.querySelector('.zt-home');
              return new Promise((done) => {
                const before = performance.now();
                const area = document.querySelector('.zt-map');
                const copy = area.cloneNode(true);
                area.after(copy);
                void copy.offsetHeight;
                const built = performance.now() - before;
                copy.remove();
                const frames = [];
                let last = performance.now();
                const scroll = () => {
                  home.scrollTop += 240;
                  const now = performance.now();
                  frames.push(now - last);
                  last = now;
                  if (frames.length < 30) requestAnimationFrame(scroll);
                  else done({ built, frame: frames.slice(1).sort((a, b) => a - b)[14] });
                };
                requestAnimationFrame(scroll);
              });
            }"""
        )
        print(
            f"2,000 entries: on the page {stood:.0f} ms after it, boxes {drawn['built']:.0f} ms, "
            f"a frame while scrolling {drawn['frame']:.0f} ms"
        )
        assert stood < 4000  # a busy machine; 1 s where nothing else runs
        assert drawn["frame"] < 120
