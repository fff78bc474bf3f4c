"""The Evals tab in a real Chromium, over a part of the real corpus with the real embedder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_kit import ask, last, no_sideways_scroll, serious, served
from playwright.sync_api import BrowserContext, Page, expect

from assistant.config import Settings

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SCRIPT = "evals_server.py"
INTERVAL = re.compile("95 % 区间 [+−]\\d\\.\\d{3} 到 [+−]\\d\\.\\d{3}，p [=<] \\d\\.\\d{3}")
GROWTH = "DenseNet 的增长率是什么意思"

OpenTab = Callable[..., Page]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this module keeps its index and its runs."""
    return tmp_path_factory.mktemp("evals")


@pytest.fixture(scope="module")
def evals_server(folder: Path, real_settings: Settings) -> Iterator[str]:
    """The address of a page with a real index behind it, and without a run at first."""
    with served(str(folder), script=SCRIPT) as (address, _):
        yield address


@pytest.fixture
def slow(folder: Path) -> Iterator[None]:
    """Each question takes a fifth of a second."""
    mark = folder / "slow"
    mark.touch()
    yield
    mark.unlink()


@pytest.fixture
def open_tab(evals_server: str, profiles: Callable[..., BrowserContext]) -> OpenTab:
    """Open the Evals tab: `open_tab(width=390, dark=True, locale="en-US")`."""

    def opened(address: str = evals_server, **profile: object) -> Page:
        page = profiles(**profile).new_page()
        page.goto(f"{address}?tab=evals")
        expect(page.locator(".zt-eval-form button")).to_be_visible(timeout=120_000)
        return page

    return opened


def run(page: Page, *searches: str, section: str = "", sample: str = "", name: str = "") -> None:
    """Fill in the form and run it, by its Chinese names."""
    if name:
        page.get_by_label("问题集").select_option(name)
    page.get_by_label("部分").select_option(section)
    page.get_by_label("抽样题数").fill(sample)
    for box in page.locator(".zt-check").all():
        box.locator("input").set_checked(box.inner_text() in searches)
    page.get_by_role("button", name="运行").click()


def newest(page: Page) -> str:
    """The id of the newest run; empty where there is none."""
    first = page.locator(".zt-run").first
    return (first.get_attribute("data-run") or "") if first.count() else ""


def finished(page: Page, before: str) -> None:
    """Wait until there is a newer run than `before`, and it is open."""
    first = page.locator(".zt-run").first
    expect(first).not_to_have_attribute("data-run", before, timeout=120_000)
    expect(first).to_have_attribute("aria-current", "true")
    expect(page.locator(".zt-eval-run h2")).to_be_visible()


def test_bm25_against_fused_on_section_1_is_seen_with_an_interval(open_tab: OpenTab) -> None:
    page = open_tab()
    expect(page.locator(".zt-eval-run")).to_contain_text("选好上面的设置，点「运行」")
    expect(page.get_by_label("问题集")).to_have_value("retrieval.dev")
    assert page.get_by_label("部分").locator("option").all_inner_texts()[:2] == [
        "全部",
        "1. 神经网络模型 (backbone)",
    ]
    run(page, "BM25", "融合", section="backbone", sample="12")
    finished(page, "")
    expect(page.locator(".zt-eval-run h2")).to_be_focused()
    expect(page.locator(".zt-run-head")).to_contain_text("12 题")
    table = page.get_by_role("region", name="指标").locator("table")
    assert table.locator("th[scope=col]").all_inner_texts() == ["指标", "BM25", "融合"]
    for measure in ("hit@1", "hit@5", "MRR", "nDCG@10"):
        row = table.locator("tr", has=page.get_by_role("rowheader", name=measure, exact=True))
        for cell in row.locator("td").all_inner_texts():
            assert re.fullmatch(r"[01]\.\d{3}\s+[01]\.\d{3}–[01]\.\d{3}", cell)
    expect(table).to_contain_text("耗时 p50（毫秒）")
    verdict = page.locator(".zt-verdict")
    expect(verdict).to_contain_text("「融合」")
    expect(verdict).to_contain_text("「BM25」")
    expect(verdict).to_contain_text(INTERVAL)
    expect(page.get_by_role("img", name=re.compile("^BM25：.*95 % 区间"))).not_to_have_count(0)
    expect(page.get_by_role("img", name="hit@1 与耗时中位数")).to_be_visible()


def test_a_run_of_all_searches_has_plots_by_section_and_other_measures(open_tab: OpenTab) -> None:
    page = open_tab()
    before = newest(page)
    run(page, "稠密向量", "BM25", "融合", "融合 + 图谱")
    finished(page, before)
    sections = page.locator(".zt-columns section", has_text="按部分")
    expect(sections.locator("dt")).to_have_count(2)
    expect(sections.locator(".zt-whisker")).to_have_count(2 * 4 * 3)
    page.locator(".zt-plots").get_by_label("指标").select_option("nDCG@10")
    expect(page.get_by_role("img", name="nDCG@10 与耗时中位数")).to_be_visible()


def test_a_miss_folds_out_to_what_came_instead_and_leads_to_the_entry(open_tab: OpenTab) -> None:
    page = open_tab()
    before = newest(page)
    run(page, "融合", "BM25")
    finished(page, before)
    miss = page.locator(".zt-miss").first
    miss.locator("summary").click()
    expect(miss).to_contain_text("应该找到")
    hits = miss.locator("ol > li")
    expect(hits).to_have_count(5)
    expect(hits.first).to_contain_text(re.compile("BM25 第 1 位（\\d+\\.\\d{3}）"))
    hits.first.get_by_role("button", name="看这一段").click()
    expect(hits.first.locator("blockquote .zt-rich")).not_to_be_empty()
    page.get_by_label("方法").select_option("fused")
    miss.locator("summary").click()
    expect(hits.first).to_contain_text("稠密向量 第")
    miss.locator(".zt-read").first.click()
    expect(page.locator(".zt-reader h1")).to_be_focused()
    assert "?tab=evals#entry=" in page.url
    page.keyboard.press("Escape")
    expect(page.locator(".zt-reader")).to_be_hidden()
    page.wait_for_function("location.hash === ''")
    assert page.url.endswith("?tab=evals")
    expect(miss.locator("ol")).to_be_visible()


def test_a_question_from_the_reading_view_is_asked_in_the_first_tab(open_tab: OpenTab) -> None:
    page = open_tab()
    page.evaluate("location.hash = '#entry=backbone/deeper/resnet'")
    page.get_by_role("button", name="问这一条").click()
    expect(page.get_by_role("tab", name="提问")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#zt-question")).to_be_focused()
    expect(page.locator(".zt-scope-button")).to_have_text("ResNet")


def test_a_cancelled_run_leaves_nothing_behind(open_tab: OpenTab, slow: None) -> None:
    page = open_tab()
    before = newest(page)
    run(page, "稠密向量", "融合")
    bar = page.get_by_role("progressbar", name="评测进度")
    expect(bar).to_be_visible()
    expect(page.locator(".zt-progress")).to_contain_text(re.compile(r"\d+ / \d+ 次检索"))
    page.get_by_role("button", name="取消").click()
    expect(page.locator(".zt-eval-job")).to_have_text("已取消，没有保存。")
    expect(page.get_by_role("button", name="运行")).to_be_focused()
    assert newest(page) == before


def test_a_reload_finds_the_run_under_way_and_another_has_to_wait(
    open_tab: OpenTab, slow: None
) -> None:
    page = open_tab()
    before = newest(page)
    run(page, "稠密向量", sample="15")
    bar = page.get_by_role("progressbar", name="评测进度")
    expect(bar).to_be_visible()
    page.reload()
    expect(bar).to_be_visible()
    expect(page.get_by_role("tab", name="评测")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="运行")).to_have_attribute("aria-disabled", "true")
    finished(page, before)
    expect(page.locator(".zt-eval-run h2")).to_have_text("检索 · retrieval.dev")


def test_runs_survive_a_restart_and_two_are_compared(open_tab: OpenTab, folder: Path) -> None:
    page = open_tab()
    before = newest(page)
    run(page, "BM25", section="backbone")
    finished(page, before)
    with served(str(folder), script=SCRIPT) as (address, _):
        again = open_tab(address)
        kept = newest(again)
        assert kept == newest(page)
        run(again, "融合", section="backbone", sample="10")
        finished(again, kept)
        expect(again.locator(".zt-verdict")).to_contain_text("「BM25（")  # with the time of the run
        expect(again.locator(".zt-verdict")).to_contain_text(INTERVAL)
        expect(again.locator(".zt-difference")).to_contain_text("在共有的 10 题上成对比较")
        expect(again.locator(".zt-difference")).to_contain_text("题只有一边有")
        again.locator(".zt-run").nth(1).click()
        expect(again.locator(".zt-run").nth(1)).to_have_attribute("aria-current", "true")
        table = again.get_by_role("region", name="指标").locator("table")
        expect(table.locator("th[scope=col]")).to_have_text(["指标", "BM25"])


def test_the_report_is_a_file(open_tab: OpenTab) -> None:
    page = open_tab()
    run(page, "BM25", section="distance")
    expect(page.locator(".zt-run-head")).to_contain_text("距离计算", timeout=120_000)
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="下载报告").click()
    assert re.fullmatch(r"zhitu-[\d-]+-retrieval-\w+\.html", downloaded.value.suggested_filename)
    text = Path(downloaded.value.path()).read_text(encoding="utf-8")
    assert "<svg" in text
    assert "bm25" in text


def test_a_held_out_set_shows_figures_and_no_question(open_tab: OpenTab) -> None:
    page = open_tab()
    run(page, "BM25", "融合", name="retrieval.test")
    expect(page.locator(".zt-eval-run h2")).to_have_text("检索 · retrieval.test", timeout=120_000)
    expect(page.locator(".zt-eval-run")).to_contain_text("只显示数字，不显示题目")
    expect(page.locator(".zt-verdict")).to_contain_text(INTERVAL)
    expect(page.locator(".zt-misses")).to_have_count(0)


def test_a_question_from_the_chat_joins_the_own_set_with_one_click(open_tab: OpenTab) -> None:
    page = open_tab()
    page.get_by_label("问题集").select_option("own")
    page.get_by_role("button", name="运行").click()
    expect(page.locator(".zt-eval-wrong")).to_contain_text("这一问应该找到…")
    page.get_by_role("tab", name="提问").click()
    ask(page, GROWTH)
    last(page, ".zt-foot-tool").get_by_text("这一问应该找到…").click()
    picker = page.locator("dialog.zt-wanted")
    box = picker.bounding_box()
    inner = picker.locator(".zt-scope-popover").bounding_box()
    assert box is not None
    assert inner is not None
    assert box["x"] < inner["x"]
    assert inner["x"] + inner["width"] < box["x"] + box["width"]
    page.keyboard.type("dense")
    picker.get_by_role("option", name="DenseNet", exact=True).click()
    expect(page.locator(".zt-toast")).to_contain_text("已加入自己的问题：DenseNet")
    page.get_by_role("tab", name="评测").click()
    own = page.locator(".zt-own-list li")
    expect(own).to_have_count(1)
    expect(own).to_contain_text(GROWTH)
    expect(own).to_contain_text("→ DenseNet")
    expect(page.get_by_label("问题集").locator("option:checked")).to_have_text("自己的问题（1）")
    page.get_by_role("button", name="运行").click()
    expect(page.locator(".zt-eval-run h2")).to_have_text("检索 · 自己的问题", timeout=120_000)
    expect(page.locator(".zt-run-head")).to_contain_text("1 题")
    own.get_by_role("button", name=f"删除「{GROWTH}」").click()
    expect(own).to_have_count(0)
    page.locator(".zt-toast button").click()
    expect(own).to_have_count(1)


def test_what_makes_no_sense_is_said_at_the_form(open_tab: OpenTab) -> None:
    page = open_tab()
    wrong = page.locator(".zt-eval-wrong")
    run(page, "BM25", sample="viele")
    expect(wrong).to_contain_text("1 到 100000 的整数")
    expect(page.get_by_label("抽样题数")).to_be_focused()
    run(page)
    expect(wrong).to_have_text("至少选一种检索方法")


def test_without_an_index_the_tab_says_what_to_do(
    tmp_path: Path, open_tab: OpenTab, real_settings: Settings
) -> None:
    with served(str(tmp_path), "--bare", script=SCRIPT) as (address, _):
        page = open_tab(address)
        expect(page.locator(".zt-eval-above .zt-card")).to_contain_text("还没有索引")
        run(page, "BM25")
        expect(page.locator(".zt-eval-job .zt-card-error")).to_contain_text("zhitu index")
        page.get_by_role("button", name="建立索引").click()
        expect(page.locator(".zt-eval-above .zt-card")).to_have_count(0, timeout=120_000)
        expect(page.get_by_label("部分").locator("option")).to_have_count(3)
        run(page, "BM25", sample="5")
        finished(page, "")


def test_a_server_that_stops_is_missed_and_the_next_step_is_said(
    folder: Path, open_tab: OpenTab, slow: None
) -> None:
    open_tab()  # one at a time may index into a folder
    with served(str(folder), script=SCRIPT) as (address, process):
        page = open_tab(address)
        before = newest(page)
        run(page, "BM25", sample="1")
        finished(page, before)
        run(page, "稠密向量")
        expect(page.get_by_role("progressbar", name="评测进度")).to_be_visible()
        process.terminate()
        process.wait(20)
        expect(page.locator(".zt-eval-above .zt-card-error")).to_contain_text("连不上知图的服务")
        page.locator(".zt-run").last.click()
        expect(page.locator(".zt-eval-run .zt-card-error")).to_contain_text("重新加载")
        expect(page.locator(".zt-eval-run").get_by_role("button", name="再试一次")).to_be_visible()


def test_tabs_are_reached_by_keyboard_and_named_in_the_readers_language(open_tab: OpenTab) -> None:
    page = open_tab(locale="en-US")
    tabs = page.get_by_role("tab")
    names = tabs.all_inner_texts()
    assert {"Ask", "Evals"} <= set(names)
    page.keyboard.press("/")
    page.keyboard.press("Escape")  # both belong to the other tab
    at = names.index("Evals")
    tabs.nth(at).focus()
    page.keyboard.press("ArrowLeft")
    expect(tabs.nth(at - 1)).to_be_focused()
    expect(tabs.nth(at - 1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(tabs.first).to_be_focused()
    assert "tab=" not in page.url
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator(".zt-talk")).to_be_visible()
    height = page.evaluate(
        "document.querySelector('.zt-ask').getBoundingClientRect().bottom - innerHeight"
    )
    assert abs(height) < 1
    page.get_by_role("button", name="中文").click()
    assert {"提问", "评测"} <= set(tabs.all_inner_texts())


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    open_tab: OpenTab, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_tab(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")
    if not page.locator(".zt-run").count():
        page.locator(".zt-eval-form .zt-primary").click()
    expect(page.locator(".zt-difference")).not_to_be_empty()
    if page.locator(".zt-miss").count():
        page.locator(".zt-miss summary").first.click()
        page.locator(".zt-show").first.click()
        expect(page.locator(".zt-miss blockquote .zt-rich").first).to_be_visible()
    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)
    tab = page.locator(".zt-evals")
    assert tab.evaluate("(element) => element.scrollWidth <= element.clientWidth")
    page.get_by_role("tab", name=re.compile("^(提问|Ask)$")).click()
    ask(page, GROWTH)
    last(page, ".zt-foot-tool").filter(has_text=re.compile("应该找到|should have")).click()
    expect(page.locator("dialog.zt-wanted").get_by_role("option").first).to_be_visible()
    assert serious(page, axe) == "[]"
