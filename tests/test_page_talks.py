"""The page in a real Chromium: conversations that outlive the tab they were held in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from learn_kit import be
from page_kit import Open, Start, ask, count_in, last, no_sideways_scroll, serious, served, until
from playwright.sync_api import BrowserContext, Page, Route, expect

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RESNET = "ResNet 为什么能缓解梯度消失?"
WEATHER = "今天天气怎么样"
BUTTON = ".zt-talks-button"
ROWS = ".zt-talk-open"


def calls(page_request: object, name: str) -> bool:
    """Whether a request calls the server's function of that name."""
    data = getattr(page_request, "post_data", None) or ""
    return f'"fn_name":"{name}"' in data


def keeps_whole(page_request: object, question: str) -> bool:
    """Whether a request brings a conversation that ends with this question and its answer."""
    if not calls(page_request, "keep"):
        return False
    sent = json.loads(getattr(page_request, "post_data", ""))["data"]
    turns = (sent[0] if isinstance(sent, list) else sent)["turns"]
    return turns[-1]["question"] == question and turns[-1]["view"]["phase"] in ("done", "failed")


def ask_and_keep(page: Page, question: str) -> None:
    """Ask, and wait until the server has kept the answer."""
    with page.expect_response(lambda response: keeps_whole(response.request, question)):
        ask(page, question)
    page.wait_for_function("!JSON.parse(sessionStorage.getItem('zhitu.talks')).unsent.length")


def learner_page(open_page: Open, name: str, **profile: object) -> Page:
    """A page of a learner of one's own: no test finds the conversations of another."""
    page = open_page(**profile)
    expect(page.locator(".zt-initial")).not_to_have_text("·")
    be(page, name)
    return page


def fresh_tab(page: Page) -> Page:
    """Another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.locator(".zt-examples button").first).to_be_visible()
    return tab


def titles(page: Page) -> list[str]:
    """What the open list holds."""
    expect(page.locator(".zt-talks-panel")).not_to_contain_text("正在打开")
    return page.locator(f"{ROWS} span").all_inner_texts()


def open_list(page: Page) -> list[str]:
    page.locator(BUTTON).click()
    return titles(page)


# --- a conversation outlives its tab ------------------------------------------------------------


def test_a_conversation_is_found_in_another_tab_and_goes_on(
    open_page: Open, page_server: tuple[str, Path]
) -> None:
    page = learner_page(open_page, "Outlive")
    ask_and_keep(page, RESNET)
    ask_and_keep(page, WEATHER)
    tab = fresh_tab(page)
    page.close()
    expect(tab.locator(".zt-turn")).to_have_count(0)
    assert open_list(tab) == [RESNET]
    expect(tab.locator(f"{ROWS} small")).to_have_text(re.compile("^(现在|\\d分钟前) · 2 个问题$"))
    expect(tab.locator(ROWS)).to_be_focused()
    tab.keyboard.press("Enter")
    expect(tab.locator(".zt-turn")).to_have_count(2)
    expect(tab.locator(".zt-talks-panel")).to_be_hidden()
    expect(tab.locator(".zt-turn").first.locator(".zt-sentence")).to_have_count(5)
    expect(last(tab, ".zt-refusal")).to_contain_text("没有一段笔记提到「天气」")
    tab.locator(".zt-turn").first.locator(".zt-cite").nth(2).click()
    expect(tab.locator("#p2")).to_be_focused()
    expect(tab.locator("#p2 mark.zt-focus")).to_contain_text("每一层都接收前面所有层的特征")
    ask_and_keep(tab, "它和 DenseNet 比呢?")
    expect(last(tab, ".zt-understood")).to_have_text("理解为：ResNet 和 DenseNet 比呢?")
    assert count_in(page_server[1], f"history=['{RESNET}', '{WEATHER}']") == 1
    tab.reload()
    expect(tab.locator(".zt-turn")).to_have_count(3)
    open_list(tab)
    expect(tab.locator(f"{ROWS} small")).to_contain_text("3 个问题 · 现在这段")


def test_a_tab_closed_in_the_middle_of_an_answer_loses_no_question(open_page: Open) -> None:
    page = learner_page(open_page, "Closed")
    with page.expect_response(lambda response: calls(response.request, "keep")):
        ask(page, "慢慢说 关掉", finished=False)
    tab = fresh_tab(page)
    page.close()
    assert open_list(tab) == ["慢慢说 关掉"]
    tab.keyboard.press("Enter")
    expect(tab.locator(".zt-turn h2")).to_have_text("慢慢说 关掉")
    expect(last(tab, ".zt-note").last).to_contain_text("已停止")


def test_what_an_earlier_version_kept_in_the_tab_is_taken_over(open_page: Open) -> None:
    page = learner_page(open_page, "Before")
    ask_and_keep(page, RESNET)
    page.evaluate("""() => {
      const key = Object.keys(sessionStorage).find((one) => one.startsWith("zhitu.talk."));
      const { turns } = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.clear();
      sessionStorage.setItem("zhitu.conversation", JSON.stringify(turns));
    }""")
    page.reload()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    page.reload()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    assert open_list(page) == [RESNET, RESNET]  # it has no id, so it is a second one


def test_a_new_conversation_leaves_the_old_one_in_the_list(open_page: Open) -> None:
    page = learner_page(open_page, "Anew")
    ask_and_keep(page, RESNET)
    page.get_by_role("button", name="新对话").click()
    ask_and_keep(page, WEATHER)
    assert open_list(page) == [WEATHER, RESNET]
    page.locator(ROWS).nth(1).click()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    assert open_list(page) == [WEATHER, RESNET]  # to read one does not make it new
    page.locator(ROWS).first.click()
    expect(page.locator(".zt-turn h2")).to_have_text(WEATHER)


def test_a_stopped_and_a_failed_turn_are_kept_too(open_page: Open) -> None:
    page = learner_page(open_page, "Stopped")
    ask(page, "等待", finished=False)
    expect(page.locator(".zt-passage")).to_have_count(3)
    with page.expect_response(lambda response: calls(response.request, "keep")):
        page.keyboard.press("Escape")
    ask_and_keep(page, "崩溃")
    tab = fresh_tab(page)
    open_list(tab)
    tab.keyboard.press("Enter")
    expect(tab.locator(".zt-turn").first.locator(".zt-note").last).to_contain_text("已停止")
    expect(last(tab, ".zt-card-error")).to_contain_text("RuntimeError: a bug")
    expect(tab.locator(".zt-turn[aria-busy=true]")).to_have_count(0)


def test_opening_one_stops_the_answer_being_written_and_keeps_it(open_page: Open) -> None:
    page = learner_page(open_page, "Running")
    ask_and_keep(page, RESNET)
    page.get_by_role("button", name="新对话").click()
    ask(page, "慢慢说 一", finished=False)
    expect(last(page, ".zt-sentence").first).to_be_visible()
    open_list(page)
    page.locator(ROWS, has_text=RESNET).click()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    assert open_list(page) == ["慢慢说 一", RESNET]
    page.locator(ROWS).first.click()
    expect(last(page, ".zt-note").last).to_contain_text("已停止")
    expect(last(page, ".zt-sentence").first).to_be_visible()


def test_one_conversation_in_two_tabs_loses_no_turn(open_page: Open) -> None:
    left = learner_page(open_page, "Both")
    ask_and_keep(left, RESNET)
    right = fresh_tab(left)
    open_list(right)
    right.keyboard.press("Enter")
    expect(right.locator(".zt-turn")).to_have_count(1)
    ask_and_keep(left, "左边")
    ask_and_keep(right, "右边")
    expect(left.locator(".zt-turn")).to_have_count(2)  # a tab shows its own
    third = fresh_tab(left)
    open_list(third)
    third.keyboard.press("Enter")
    expect(third.locator(".zt-turn h2")).to_have_text([RESNET, "左边", "右边"])


# --- deleting -----------------------------------------------------------------------------------


def test_one_is_deleted_and_taken_back(open_page: Open) -> None:
    page = learner_page(open_page, "Delete")
    for question in (RESNET, WEATHER):
        ask_and_keep(page, question)
        page.get_by_role("button", name="新对话").click()
    assert open_list(page) == [WEATHER, RESNET]
    page.get_by_role("button", name=f"删除「{RESNET}」").click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_be_focused()
    with page.expect_response(lambda response: calls(response.request, "keep")):
        page.locator(".zt-toast button").click()
    assert open_list(page) == [WEATHER, RESNET]
    page.keyboard.press("Delete")  # the first one has the focus
    expect(page.locator(f"{ROWS} span")).to_have_text([RESNET])
    page.keyboard.press("Delete")
    expect(page.locator(ROWS)).to_have_count(0)
    expect(page.locator(".zt-talks-foot")).to_contain_text("还没有对话")
    page.reload()
    expect(page.locator(BUTTON)).to_be_visible()
    assert open_list(page) == []


def test_the_one_that_is_shown_is_deleted_and_taken_back(open_page: Open) -> None:
    page = learner_page(open_page, "Shown")
    ask_and_keep(page, RESNET)
    open_list(page)
    page.keyboard.press("Delete")
    expect(page.locator(".zt-empty h1")).to_be_visible()
    expect(page.locator(".zt-turn")).to_have_count(0)
    page.locator(".zt-toast button").click()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    ask_and_keep(page, WEATHER)
    assert open_list(page) == [RESNET]
    expect(page.locator(f"{ROWS} small")).to_contain_text("2 个问题")


def test_a_conversation_deleted_in_another_tab_does_not_come_back(open_page: Open) -> None:
    page = learner_page(open_page, "Elsewhere")
    ask_and_keep(page, RESNET)
    tab = fresh_tab(page)
    open_list(tab)
    tab.keyboard.press("Delete")
    expect(page.locator(".zt-turn")).to_have_count(0)
    ask_and_keep(page, WEATHER)
    assert open_list(page) == [WEATHER]


def test_delete_all_takes_the_conversations_of_every_tab(open_page: Open) -> None:
    page = learner_page(open_page, "Everything")
    ask_and_keep(page, RESNET)
    other = fresh_tab(page)
    ask_and_keep(other, WEATHER)
    page.goto(page.url.replace("tab=ask", "tab=review"))  # the Ask tab is not even built
    page.get_by_role("button", name="删除全部数据").click()
    expect(page.locator(".zt-confirm")).to_contain_text("对话")
    page.locator(".zt-confirm").get_by_role("button", name="全部删除").click()
    expect(page.locator(".zt-toast")).to_have_text("已全部删除")
    expect(other.locator(".zt-turn")).to_have_count(0)
    page.get_by_role("tab", name="提问").click()
    expect(page.locator(".zt-empty h1")).to_be_visible()
    assert open_list(page) == []
    for tab in (page, other):
        held = tab.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
        assert "ResNet" not in held
        assert "天气" not in held


# --- several learners ---------------------------------------------------------------------------


def test_another_learner_sees_their_own_and_the_first_finds_theirs_again(open_page: Open) -> None:
    page = learner_page(open_page, "First")
    ask(page, "慢慢说 一", finished=False)
    expect(last(page, ".zt-sentence").first).to_be_visible()
    be(page, "Second")
    expect(page.locator(".zt-turn")).to_have_count(0)
    assert open_list(page) == []
    page.keyboard.press("Escape")
    ask_and_keep(page, WEATHER)
    be(page, "First")
    expect(page.locator(".zt-turn h2")).to_have_text("慢慢说 一")
    expect(last(page, ".zt-note").last).to_contain_text("已停止")
    assert open_list(page) == ["慢慢说 一"]
    page.reload()
    expect(page.locator(".zt-turn h2")).to_have_text("慢慢说 一")
    be(page, "Second")
    expect(page.locator(".zt-turn h2")).to_have_text(WEATHER)
    assert open_list(page) == [WEATHER]


# --- when the server is away --------------------------------------------------------------------


def test_a_turn_that_ends_while_the_server_is_away_is_kept_later(
    profiles: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    context = profiles()
    with served("--data", str(tmp_path)) as (address, process):
        page = context.new_page()
        page.goto(f"{address}?tab=ask")
        expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
        ask_and_keep(page, RESNET)
        ask(page, "等待", finished=False)
        expect(page.locator(".zt-passage")).to_have_count(3)
        process.kill()
        expect(page.locator(".zt-banner")).to_contain_text("连不上知图的服务")
        expect(last(page, ".zt-note").last).to_contain_text("已停止")
        page.locator(BUTTON).click()
        expect(page.locator(".zt-talks-foot")).to_contain_text("连不上知图的服务")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="新对话").click()  # what is unsent is put aside
        process.wait(20)
    port = address.rstrip("/").rpartition(":")[2]
    with (
        page.expect_response(lambda r: calls(r.request, "keep") and r.ok, timeout=60_000),
        served("--data", str(tmp_path), "--port", port) as _,
    ):
        expect(page.locator(".zt-banner")).to_be_empty(timeout=60_000)
        tab = fresh_tab(page)
        assert open_list(tab) == [RESNET]
        expect(tab.locator(f"{ROWS} small")).to_contain_text("2 个问题")
        tab.keyboard.press("Enter")
        expect(tab.locator(".zt-turn h2")).to_have_text([RESNET, "等待"])
        expect(last(tab, ".zt-note").last).to_contain_text("已停止")
        tab.locator("#p1 .zt-more").click()  # still a source, though nobody asked since
        expect(tab.locator("#p1 .zt-around mark").first).to_contain_text("创新点是 shortcut")
        tab.locator("#p2 .zt-more").click()
        expect(tab.locator("#p2 .zt-around")).to_contain_text("这个来源改动过")
        expect(tab.locator("#p2 .zt-around mark")).to_have_count(0)
        tab.locator("#p3 .zt-more").click()
        expect(tab.locator("#p3 .zt-around")).to_contain_text("已经不在索引里了")
        expect(tab.locator("#p3 .zt-rich").first).to_contain_text("批归一化")


def test_a_request_that_fails_is_made_again_and_holds_up_nothing(open_page: Open) -> None:
    page = learner_page(open_page, "Retry")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if calls(route.request, "keep") and len(refused) < 2:
            refused.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route(re.compile("component_server"), refuse)
    ask(page, RESNET)
    until(page, lambda: len(refused) >= 1)
    with page.expect_response(lambda r: calls(r.request, "keep"), timeout=30_000):
        ask(page, WEATHER)
    open_list(page)
    expect(page.locator(f"{ROWS} small")).to_contain_text("2 个问题")
    assert len(refused) == 2


# --- by keyboard, on every screen, for everyone -------------------------------------------------


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = learner_page(open_page, "Keys")
    for question in ("一", "二", "三"):
        ask_and_keep(page, question)
        page.get_by_role("button", name="新对话").click()
    page.locator(BUTTON).focus()
    page.keyboard.press("Enter")
    assert titles(page) == ["三", "二", "一"]
    rows = page.locator(ROWS)
    for key, at in (
        ("ArrowDown", 1), ("ArrowDown", 2), ("ArrowDown", 2), ("ArrowUp", 1), ("Home", 0),
        ("ArrowUp", 0), ("End", 2),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(rows.nth(at)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="删除「一」")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".zt-talks-panel")).to_be_hidden()
    expect(page.locator(BUTTON)).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows.first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".zt-turn h2")).to_have_text("二")
    expect(page.locator("#zt-question")).to_be_focused()


def test_escape_closes_the_list_and_does_not_stop_an_answer(open_page: Open) -> None:
    page = learner_page(open_page, "Escape")
    ask(page, "等待", finished=False)
    expect(page.locator(".zt-passage")).to_have_count(3)
    open_list(page)
    page.keyboard.press("Escape")
    expect(page.locator(".zt-talks-panel")).to_be_hidden()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")


def test_markup_in_a_first_question_is_shown_as_text(open_page: Open) -> None:
    page = learner_page(open_page, "Markup")
    attack = "<img src=x onerror=\"document.title='hacked'\">"
    ask_and_keep(page, attack)
    assert open_list(page) == [attack]
    assert page.title() == "知图 Zhitu"


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_screen(
    open_page: Open, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_page(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator(".zt-initial")).not_to_have_text("·")
    be(page, f"Axe{width}{dark}")
    words = ("Opening…", "None yet") if locale == "en-US" else ("正在打开…", "还没有对话")

    def shown(text: str = "") -> None:
        page.locator(BUTTON).click()
        foot = page.locator(".zt-talks-foot")
        expect(foot).not_to_have_text(words[0])
        expect(foot).to_contain_text(text)
        assert serious(page, axe) == "[]"
        assert no_sideways_scroll(page)
        box = page.locator(".zt-talks-panel").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width

    shown(words[1])
    page.keyboard.press("Escape")
    ask_and_keep(page, "很长的问题 " + "x" * 300)
    page.locator(".zt-bar-tools button").first.click()
    ask_and_keep(page, RESNET)
    shown()
    tools = [tool.bounding_box() for tool in page.locator(".zt-bar > *, .zt-bar-tools > *").all()]
    assert min(box["x"] for box in tools if box) >= 0  # what is cut off on the left can't scroll
    page.locator(ROWS).last.click()
    expect(page.locator(".zt-turn h2")).to_contain_text("很长的问题")
    assert no_sideways_scroll(page)


def test_a_newcomer_sees_that_the_list_is_empty(start_page: Start, open_page: Open) -> None:
    page = open_page(start_page(), locale="en-US")
    page.get_by_role("button", name="Earlier conversations").click()
    expect(page.locator(".zt-talks-foot")).to_contain_text("None yet.")
    page.get_by_role("button", name="中文").click()
    expect(page.locator(BUTTON)).to_have_text("以前的对话")
