"""The page in a real Chromium: by keyboard, in both languages, on every screen, for everyone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_kit import Open, Start, ask, count_in, last, no_sideways_scroll, serious
from playwright.sync_api import expect

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RESNET = "ResNet 为什么能缓解梯度消失?"


# --- by keyboard, in both languages, on every screen --------------------------------------------


def test_the_keyboard_is_enough(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("/")
    box = page.locator("#zt-question")
    expect(box).to_be_focused()
    page.keyboard.type("一")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("二")
    expect(box).to_have_value("一\n二")
    page.keyboard.press("Enter")
    expect(last(page, ".zt-cite")).to_have_count(4)
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    last(page, ".zt-cite").first.focus()
    page.keyboard.press("Tab")
    expect(last(page, ".zt-cite").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#p1")).to_be_focused()
    page.keyboard.press("Escape")
    expect(last(page, ".zt-cite").nth(1)).to_be_focused()


def test_enter_that_picks_a_chinese_word_does_not_send(open_page: Open) -> None:
    page = open_page()
    box = page.locator("#zt-question")
    box.fill("梯度")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229})
    expect(box).to_have_value("梯度")
    expect(page.locator(".zt-turn")).to_have_count(0)


def test_the_scope_is_found_by_typing_and_goes_with_the_question(
    open_page: Open, page_server: tuple[str, Path]
) -> None:
    page = open_page()
    page.locator(".zt-scope-button").click()
    options = page.get_by_role("option")
    expect(options.first).to_have_text("全部笔记")
    page.keyboard.type("残差")  # an alias of ResNet
    assert options.all_inner_texts() == ["神经网络模型", "更深的网络", "ResNet"]
    page.keyboard.press("Enter")
    expect(page.locator(".zt-scope-button")).to_have_text("ResNet")
    ask(page, "范围里的问题")
    assert count_in(page_server[1], "ask 范围里的问题 scope=神经网络模型/更深的网络/ResNet") == 1
    expect(last(page, ".zt-understood")).to_have_text("范围：ResNet")


def test_the_language_is_the_browsers_until_it_is_switched(open_page: Open) -> None:
    page = open_page(locale="en-US")
    expect(page.locator("h1")).to_have_text("Ask your notes")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".zt-examples button").first).to_have_text(re.compile("ResNet"))
    ask(page, RESNET)
    expect(page.locator(".zt-passages h2")).to_contain_text("Passages")
    page.get_by_role("button", name="中文").click()
    expect(page.locator(".zt-passages h2")).to_contain_text("依据")
    expect(last(page, ".zt-note")).to_contain_text("没有依据")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_label("你的问题")).to_be_visible()


def test_the_setting_decides_the_language_where_it_is_not_auto(
    start_page: Start, open_page: Open
) -> None:
    page = open_page(start_page("--language", "en"), locale="zh-CN")
    expect(page.locator("h1")).to_have_text("Ask your notes")


def test_dark_is_the_systems_until_it_is_switched(open_page: Open) -> None:
    page = open_page(dark=True)
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 22, 21)"
    page.locator(".zt-theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    expect(page.locator(".zt-theme")).to_have_attribute("aria-label", "明暗：浅色")


@pytest.mark.parametrize("width", [390, 768, 1024, 1440])
def test_nothing_is_wider_than_the_screen(open_page: Open, width: int) -> None:
    page = open_page(width=width)
    assert no_sideways_scroll(page)
    ask(page, "ResNet 勘误 " + "x" * 200)
    assert no_sideways_scroll(page)
    ask(page, "今天天气怎么样")
    assert no_sideways_scroll(page)


def test_on_a_phone_the_passages_are_a_sheet(open_page: Open) -> None:
    page = open_page(width=390)
    ask(page, RESNET)
    sheet = page.locator(".zt-passages")
    expect(sheet).to_be_hidden()
    expect(last(page, ".zt-source-chip")).to_have_count(3)
    last(page, ".zt-cite").nth(2).click()
    expect(sheet).to_be_visible()
    expect(page.locator("#p2")).to_be_in_viewport()
    expect(page.locator("#p2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(last(page, ".zt-cite").nth(2)).to_be_focused()
    assert no_sideways_scroll(page)


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious(
    open_page: Open, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_page(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")  # a colour in the middle of a fade is no finding

    assert serious(page, axe) == "[]"
    page.locator(".zt-scope-button").click()
    assert serious(page, axe) == "[]"
    page.keyboard.press("Escape")
    ask(page, "ResNet 勘误")
    assert serious(page, axe) == "[]"
    last(page, ".zt-cite").nth(2).click()
    assert serious(page, axe) == "[]"
    page.keyboard.press("Escape")
    ask(page, "今天天气怎么样")
    ask(page, "断线")
    ask(page, "崩溃")
    assert serious(page, axe) == "[]"
