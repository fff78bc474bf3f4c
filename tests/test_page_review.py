"""The Review tab in a real Chromium: the real engine over a part of the real corpus."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fit_kit import fill
from learn_kit import OpenTab, bank, be, english, good, question_on
from page_kit import no_sideways_scroll, serious
from playwright.sync_api import Page, expect

from assistant.store import Store

pytest_plugins = ["page_fixtures", "learn_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.models, pytest.mark.timeout(240)]

QUESTION = "#zt-rv-text"
SERVER = re.compile("component_server")


def begin(page: Page) -> None:
    page.locator(".zt-iv-begin").click()
    expect(page.locator(QUESTION)).to_be_focused()


def number(page: Page) -> int:
    found = re.match("第 (\\d+) / ", page.locator(".zt-rv-card .zt-iv-bar").inner_text())
    assert found
    return int(found[1])


def rate(page: Page, key: str) -> None:
    """Show the answer and rate it, by keyboard; wait for the next card."""
    at = number(page)
    page.keyboard.press("Space")
    expect(page.locator(".zt-ratings")).to_be_visible()
    page.keyboard.press(key)
    expect(page.locator(".zt-rv-card .zt-iv-bar span").first).to_have_text(
        re.compile(f"第 {at + 1} / ")
    )
    expect(page.locator(QUESTION)).to_be_focused()


def stop(page: Page) -> None:
    page.get_by_role("button", name="先到这里").click()
    expect(page.locator(".zt-rv-hero h1")).to_have_text("复习完了")


def test_a_newcomer_reviews_for_five_minutes_with_the_keyboard_alone(open_tab: OpenTab) -> None:
    page = open_tab("review", "Newcomer")
    expect(page.locator(".zt-rv-hero")).to_contain_text("今天没有到期的题")
    expect(page.locator(".zt-figures")).to_contain_text("0 / ")
    page.locator(".zt-iv-begin").focus()
    page.keyboard.press("Enter")
    expect(page.locator(QUESTION)).to_be_focused()
    expect(page.locator(".zt-why")).to_have_text("新题")
    question = question_on(page, QUESTION)
    expect(page.locator(".zt-rv-card")).not_to_contain_text(question.points[0].text)
    page.keyboard.press("Enter")
    points = page.locator(".zt-rv-points li")
    assert len(points.all()) == len(question.points)
    expect(page.locator(".zt-rv-card .zt-bullet")).not_to_have_count(0)
    assert page.locator(".zt-rating b").all_inner_texts() == ["忘了", "吃力", "记得", "轻松"]
    assert page.locator(".zt-rating small").all_inner_texts()[3] == "8 天后"
    page.keyboard.press("4")
    expect(page.locator(".zt-iv-bar span").first).to_have_text(re.compile("^第 2 / "))
    for key in ("1", "2", "3"):
        rate(page, key)
    stop(page)
    expect(page.locator(".zt-rv-hero")).to_contain_text("复习了 4 题，其中 1 题忘了。")
    expect(page.locator(".zt-figures")).to_contain_text("4 / ")
    expect(page.get_by_role("img", name=re.compile("30 天共 4 题"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("1 天里复习了 4 次"))).to_be_visible()
    assert page.locator(".zt-heat rect:not(.zt-heat-0)").count() == 1


def test_what_was_forgotten_is_due_tomorrow(open_tab: OpenTab, folder: Path) -> None:
    page = open_tab("review", "Tomorrow")
    begin(page)
    forgotten = question_on(page, QUESTION).question
    for key in ("1", "4", "1"):
        rate(page, key)
    stop(page)
    expect(page.locator(".zt-rv-hero")).to_contain_text("明天有 2 题到期。")
    (folder / "days").write_text("1")
    try:
        page.reload()
        expect(page.locator(".zt-rv-due")).to_have_text("今天有 2 题该复习")
        page.get_by_role("button", name="复习全部 2 题").click()
        asked = set()
        for _ in range(2):
            expect(page.locator(".zt-why")).to_contain_text("还记得的概率")
            asked.add(page.locator(QUESTION).inner_text())
            page.keyboard.press("Enter")
            before = page.locator(QUESTION).element_handle()
            page.keyboard.press("3")
            page.wait_for_function("(one) => !one.isConnected", arg=before)
        assert forgotten in asked
        expect(page.locator(".zt-rv-hero h1")).to_have_text("复习完了")
        expect(page.locator(".zt-figures")).to_contain_text("100 %")
    finally:
        (folder / "days").unlink()


def test_the_last_rating_is_changed_and_counts_once(open_tab: OpenTab) -> None:
    page = open_tab("review", "Undo")
    begin(page)
    first = page.locator(QUESTION).inner_text()
    rate(page, "4")
    page.keyboard.press("u")
    expect(page.locator(QUESTION)).to_have_text(first)
    expect(page.locator(".zt-rating-4")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    expect(page.locator(".zt-iv-bar span").first).to_have_text(re.compile("^第 2 / "))
    stop(page)
    expect(page.locator(".zt-rv-hero")).to_contain_text("复习了 1 题，其中 1 题忘了。")
    expect(page.locator(".zt-rv-hero")).to_contain_text("明天有 1 题到期。")
    page.get_by_role("button", name="回到复习首页").click()
    expect(page.locator(".zt-figures div", has_text="复习次数").locator("dd")).to_have_text("1")


def test_a_typed_answer_is_marked_and_proposes_the_rating(open_tab: OpenTab) -> None:
    page = open_tab("review", "Typed")
    begin(page)
    question = question_on(page, QUESTION)
    page.get_by_role("button", name="写下来").click()
    area = page.locator(".zt-rv-card textarea")
    expect(area).to_be_focused()
    area.fill(good(question))
    page.reload()
    expect(area).to_have_value(good(question), timeout=60_000)
    area.press("Enter")
    expect(page.locator(".zt-rv-marked .zt-ring")).to_be_visible(timeout=60_000)
    assert int(page.locator(".zt-ring text").text_content() or "") >= 80
    expect(page.locator(".zt-rv-rate")).to_contain_text("按判分建议")
    expect(page.locator(".zt-rating[aria-pressed=true]")).to_have_count(1)
    expect(page.locator(QUESTION)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".zt-iv-bar span").first).to_have_text(re.compile("^第 2 / "))
    stop(page)
    expect(page.locator(".zt-figures div", has_text="复习次数").locator("dd")).to_have_text("1")


def test_an_english_page_asks_and_marks_in_english(open_tab: OpenTab) -> None:
    page = open_tab("review", "Jane", locale="en-US")
    begin(page)
    asked = page.locator(QUESTION).inner_text()
    question = next(one for one in english().values() if one.question == asked)
    page.get_by_role("button", name="Type an answer").click()
    page.locator(".zt-rv-card textarea").fill(good(question))
    page.keyboard.press("Enter")
    points = page.locator(".zt-rv-card .zt-point-text")
    expect(points).to_have_text([point.text for point in question.points], timeout=60_000)
    assert int(page.locator(".zt-ring text").text_content() or "") >= 50


def test_a_reload_comes_back_to_the_same_card(open_tab: OpenTab) -> None:
    page = open_tab("review", "Again")
    begin(page)
    rate(page, "3")
    second = page.locator(QUESTION).inner_text()
    page.reload()
    expect(page.locator(QUESTION)).to_have_text(second, timeout=60_000)
    assert number(page) == 2
    page.get_by_role("button", name="改上一张").click()
    expect(page.locator(".zt-rv-card .zt-iv-bar")).to_contain_text("第 1 / ")


def test_a_rating_that_was_not_kept_is_said_and_given_again(open_tab: OpenTab) -> None:
    page = open_tab("review", "Offline")
    begin(page)
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)  # the next card is fetched meanwhile
    page.route(SERVER, lambda route: route.abort())
    page.keyboard.press("2")
    card = page.locator(".zt-rv-card .zt-card-error")
    expect(card).to_contain_text("连不上知图的服务")
    page.unroute(SERVER)
    card.get_by_role("button").click()
    expect(page.locator(".zt-iv-bar span").first).to_have_text(re.compile("^第 2 / "))


def test_all_data_is_taken_along_and_deleted(open_tab: OpenTab) -> None:
    page = open_tab("review", "Data")
    begin(page)
    rate(page, "3")
    stop(page)
    page.get_by_role("button", name="回到复习首页").click()
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="导出全部数据").click()
    kept = json.loads(Path(downloaded.value.path()).read_text(encoding="utf-8"))
    assert kept["profile"]["name"] == "Data"
    assert len(kept["reviews"]) == 1
    page.get_by_role("button", name="删除全部数据").click()
    expect(page.locator(".zt-confirm")).to_contain_text("删除「Data」的全部数据？")
    expect(page.get_by_role("button", name="不删")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".zt-figures")).to_contain_text("1 / ")
    page.get_by_role("button", name="删除全部数据").click()
    page.locator(".zt-confirm").get_by_role("button", name="全部删除").click()
    expect(page.locator(".zt-figures")).to_contain_text("0 / ")
    expect(page.locator(".zt-profile-button")).to_have_attribute("data-name", "Data")


@pytest.mark.parametrize(
    ("locale", "dark", "texts"),
    [
        ("zh-CN", False, (
            "还差 640 次隔天的复习", "可以按你自己的来算", "正在计算", "0 题提前，13 题推后",
            "按 650 次隔天的复习算出", "恢复默认", "13 题提前，0 题推后",
        )),
        ("en-US", True, (
            "640 more reviews on later days", "enough for your own", "Working it out",
            "come earlier: 0, later: 13", "to 650 reviews on later days", "Back to default",
            "come earlier: 13, later: 0",
        )),
    ],
)  # fmt: skip
def test_the_intervals_are_fitted_to_the_learner_and_given_up_by_keyboard_at_phone_width(
    open_tab: OpenTab, folder: Path, axe: str, locale: str, dark: bool, texts: tuple[str, ...]
) -> None:
    few, enough, busy, changed, own, default, restored = texts
    page = open_tab("review", f"Few{locale}", width=390, locale=locale, dark=dark)
    page.emulate_media(reduced_motion="reduce")
    block = page.locator(".zt-rv-fit")
    expect(block).to_contain_text(few)
    expect(block.get_by_role("button")).to_have_count(0)
    assert serious(page, axe) == "[]"

    store = Store(folder / "data" / "progress.sqlite3")
    ids = [one.id for one in bank().values() if one.id.startswith("backbone/deeper/")][:13]
    who = fill(store, f"Fitted{locale}", ids, 50, began=datetime.now(UTC) - timedelta(days=51))
    page.reload()
    be(page, f"Fitted{locale}")
    expect(block).to_contain_text(enough)
    (folder / "fitting").touch()
    try:
        block.get_by_role("button").focus()
        page.keyboard.press("Enter")
        expect(block).to_contain_text(busy)
        expect(block.get_by_role("button")).to_be_focused()
        expect(block.get_by_role("button")).to_have_attribute("aria-busy", "true")
        page.keyboard.press("Enter")  # it is under way: nothing more is asked for
        assert serious(page, axe) == "[]"
        page.reload()
        expect(block).to_contain_text(busy)  # and goes on without this page
    finally:
        (folder / "fitting").unlink()
    expect(block).to_contain_text(own)
    expect(block).not_to_contain_text(busy)
    assert store.memory(who)[1] is not None

    page.keyboard.press("Tab")
    button = block.get_by_role("button", name=default)
    button.focus()
    page.keyboard.press("Enter")
    expect(block).to_contain_text(restored)
    assert store.memory(who)[1] is None
    again = block.get_by_role("button")
    expect(again).to_be_focused()
    page.keyboard.press("Enter")
    expect(block).to_contain_text(changed)
    expect(block).to_contain_text("0.346 → 0.321")
    expect(button).to_be_focused()
    expect(block).not_to_contain_text(restored)
    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)
    be(page, f"Few{locale}")
    expect(block).to_contain_text(few)
    expect(block).not_to_contain_text("0.346")
    store.close()


def test_the_deck_for_anki_is_a_file(open_tab: OpenTab) -> None:
    pytest.importorskip("assistant.anki_deck")
    page = open_tab("review")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="导出到 Anki").click()
    assert downloaded.value.suggested_filename.endswith(".apkg")
    assert Path(downloaded.value.path()).read_bytes().startswith(b"PK")


def test_another_learner_has_nothing_of_it(open_tab: OpenTab) -> None:
    page = open_tab("review", "One")
    begin(page)
    rate(page, "3")
    be(page, "Two")
    expect(page.locator(".zt-figures")).to_contain_text("0 / ")
    be(page, "One")
    assert number(page) == 2


def test_the_review_is_opened_from_elsewhere_on_the_page(open_tab: OpenTab) -> None:
    page = open_tab("interview", "Elsewhere")
    page.evaluate(
        """async () => {
          const { page } = await import(new URL("zhitu/core.js", document.baseURI));
          page.dispatchEvent(new CustomEvent("review"));
        }"""
    )
    expect(page.locator(QUESTION)).to_be_focused()
    expect(page.get_by_role("tab", name="复习")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    open_tab: OpenTab, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_tab("review", f"Axe{width}{dark}", width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(".zt-rv-stats")).to_be_visible()
    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)
    begin(page)
    page.get_by_role("button").filter(has_text=re.compile("^(写下来|Type an answer)$")).click()
    assert serious(page, axe) == "[]"
    page.locator(".zt-rv-card textarea").fill("梯度 gradient")
    page.keyboard.press("Enter")
    expect(page.locator(".zt-rv-marked")).to_be_visible(timeout=60_000)
    assert serious(page, axe) == "[]"
    assert no_sideways_scroll(page)
    page.keyboard.press("1")
    page.locator(".zt-iv-tools button").last.click()
    expect(page.locator(".zt-rv-hero h1")).to_be_focused()
    assert serious(page, axe) == "[]"
