"""The page in a real Chromium: asking, stopping, and keeping the conversation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_kit import Open, ask, count_in, last, until
from playwright.sync_api import expect

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RESNET = "ResNet 为什么能缓解梯度消失?"


# --- asking -------------------------------------------------------------------------------------


def test_passages_stand_there_while_the_answer_is_still_written(open_page: Open) -> None:
    page = open_page()
    ask(page, "慢慢说 ResNet", finished=False)
    expect(page.locator(".zt-passage")).to_have_count(3)
    expect(last(page, ".zt-sentence").nth(1)).to_be_visible()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")


def test_a_citation_leads_to_its_passage_and_lights_the_words_behind_the_sentence(
    open_page: Open,
) -> None:
    page = open_page()
    ask(page, RESNET)
    assert last(page, ".zt-cite").all_inner_texts() == ["[1]", "[1]", "[2]", "[3]"]
    last(page, ".zt-cite").nth(2).click()
    passage = page.locator("#p2")
    expect(passage).to_be_in_viewport()
    expect(passage).to_be_focused()
    expect(passage).to_have_class(re.compile("zt-flash"))
    expect(passage.locator("mark.zt-focus")).to_have_text(
        re.compile("^每一层都接收前面所有层的特征")
    )
    expect(passage.locator(".zt-path")).to_contain_text("神经网络模型")
    expect(page.locator("#p1 mark")).to_contain_text("恒等映射使导数里总有一个加 1 的项")


def test_formulas_are_drawn_in_answers_and_passages(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    expect(last(page, ".zt-answer .katex").first).to_be_visible()
    expect(page.locator("#p3 .katex-display, #p3 .zt-tex-display .katex")).not_to_have_count(0)


def test_a_sentence_without_support_is_marked_by_more_than_a_colour(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    sentence = last(page, ".zt-unsupported")
    expect(sentence).to_have_count(1)
    expect(sentence.locator(".zt-flag")).to_have_text("?")
    expect(sentence.locator(".zt-sr")).to_contain_text("笔记未支持")
    expect(sentence).to_have_attribute("title", "笔记里没有找到支持这句话的依据")
    expect(last(page, ".zt-note")).to_contain_text("没有依据")


def test_a_contradicted_sentence_is_gone_and_the_reader_is_told(open_page: Open) -> None:
    page = open_page()
    ask(page, "矛盾的 ResNet")
    expect(last(page, ".zt-answer")).not_to_contain_text("相乘")
    expect(last(page, ".zt-removed")).to_contain_text("去掉了 1 句与笔记矛盾的话")


def test_a_refusal_offers_entries_that_come_near(open_page: Open) -> None:
    page = open_page()
    ask(page, "今天天气怎么样")
    expect(last(page, ".zt-refusal")).to_contain_text("笔记里没有答案")
    expect(last(page, ".zt-refusal")).to_contain_text("没有一段笔记提到「天气」")
    last(page, ".zt-near").first.click()
    expect(page.locator(".zt-turn")).to_have_count(2)
    expect(last(page, "h2")).to_contain_text("ResNet")


def test_an_erratum_stands_beside_its_passage(open_page: Open) -> None:
    page = open_page()
    ask(page, "ResNet 勘误")
    expect(page.locator("#p1 .zt-erratum")).to_contain_text("退化问题")
    expect(page.locator("#p2 .zt-erratum")).to_have_count(0)


def test_a_follow_up_shows_how_it_was_understood(
    open_page: Open, page_server: tuple[str, Path]
) -> None:
    page = open_page()
    ask(page, RESNET)
    expect(last(page, ".zt-understood")).to_have_count(0)
    ask(page, "它和 DenseNet 比呢?")
    expect(last(page, ".zt-understood")).to_have_text("理解为：ResNet 和 DenseNet 比呢?")
    assert count_in(page_server[1], f"history=['{RESNET}']") == 1


def test_the_text_around_a_passage_can_be_read(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    more = page.locator("#p1 .zt-more")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    around = page.locator("#p1 .zt-around")
    expect(around).to_contain_text("前文")
    expect(around).not_to_contain_text("title:")  # the file's header is no text
    expect(around.locator("mark").first).to_contain_text("创新点是 shortcut")


def test_an_example_is_asked_with_one_click(open_page: Open) -> None:
    page = open_page()
    page.locator(".zt-examples button").first.click()
    expect(page.locator(".zt-turn h2")).to_have_text("ResNet 为什么能缓解梯度消失？")


def test_a_screen_reader_is_told_of_passages_and_answer(open_page: Open) -> None:
    page = open_page()
    live = page.locator("body > [aria-live=polite]")
    ask(page, "等待", finished=False)
    expect(live).to_have_text("找到 3 段依据")
    page.keyboard.press("Escape")
    expect(live).to_have_text("已停止。")
    ask(page, RESNET)
    expect(live).to_contain_text("梯度可以不经衰减地传回浅层。 [1]")


# --- stopping -----------------------------------------------------------------------------------


def test_stop_ends_the_answer_and_the_model(open_page: Open, page_server: tuple[str, Path]) -> None:
    page = open_page()
    before = count_in(page_server[1], "closed")
    ask(page, "慢慢说", finished=False)
    expect(last(page, ".zt-sentence").first).to_be_visible()
    page.locator(".zt-send").click()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    expect(last(page, ".zt-note").last).to_contain_text("已停止")
    until(page, lambda: count_in(page_server[1], "closed") == before + 1)
    ask(page, RESNET)
    expect(last(page, ".zt-sentence")).to_have_count(5)


def test_stop_works_while_the_model_says_nothing(open_page: Open) -> None:
    page = open_page()
    ask(page, "等待", finished=False)
    expect(page.locator(".zt-passage")).to_have_count(3)
    expect(last(page, ".zt-waiting")).to_be_visible()
    page.keyboard.press("Escape")
    expect(last(page, ".zt-waiting")).to_have_count(0)
    expect(page.locator(".zt-passage")).to_have_count(3)
    ask(page, RESNET)
    expect(last(page, ".zt-sentence")).to_have_count(5)


def test_a_slow_answer_holds_up_nobody_else(open_page: Open) -> None:
    slow, quick = open_page(), open_page()
    ask(slow, "慢慢说", finished=False)
    expect(last(slow, ".zt-sentence").first).to_be_visible()
    ask(quick, RESNET)
    expect(slow.locator(".zt-turn")).to_have_attribute("aria-busy", "true")
    slow.keyboard.press("Escape")


# --- the conversation ---------------------------------------------------------------------------


def test_a_reload_keeps_the_conversation(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    ask(page, "今天天气怎么样")
    page.reload()
    expect(page.locator(".zt-turn")).to_have_count(2)
    expect(page.locator(".zt-turn").first.locator(".zt-sentence")).to_have_count(5)
    page.locator(".zt-turn").first.locator(".zt-cite").nth(2).click()
    expect(page.locator("#p2")).to_be_focused()
    ask(page, "它呢?")
    expect(last(page, ".zt-understood")).to_contain_text("ResNet 呢?")


def test_a_reload_in_the_middle_keeps_what_was_written(open_page: Open) -> None:
    page = open_page()
    ask(page, "等待", finished=False)
    expect(page.locator(".zt-passage")).to_have_count(3)
    page.reload()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".zt-passage")).to_have_count(3)
    expect(last(page, ".zt-note").last).to_contain_text("已停止")


def test_two_tabs_of_one_browser_do_not_mix(open_page: Open) -> None:
    one = open_page()
    two = one.context.new_page()
    two.goto(one.url)
    expect(two.locator(".zt-examples button").first).to_be_visible()
    ask(one, "慢慢说 一", finished=False)
    ask(two, "今天天气怎么样")
    expect(last(one, ".zt-sentence").first).to_be_visible()
    one.keyboard.press("Escape")
    for page in (one, two):
        page.reload()
        expect(page.locator(".zt-turn")).to_have_count(1)
    expect(one.locator(".zt-turn h2")).to_have_text("慢慢说 一")
    expect(two.locator(".zt-turn h2")).to_have_text("今天天气怎么样")


def test_a_new_conversation_can_be_taken_back(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    page.get_by_role("button", name="新对话").click()
    expect(page.locator(".zt-turn")).to_have_count(0)
    expect(page.locator(".zt-empty h1")).to_be_visible()
    page.locator(".zt-toast button").click()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)
    page.get_by_role("button", name="新对话").click()
    page.reload()
    page.get_by_role("button", name="恢复上一段对话").click()
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)


def test_the_conversation_goes_into_a_markdown_file_with_its_citations(open_page: Open) -> None:
    page = open_page()
    ask(page, "ResNet 勘误")
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="导出").click()
    assert re.fullmatch(r"zhitu-[\d-]+\.md", downloaded.value.suggested_filename)
    text = Path(downloaded.value.path()).read_text(encoding="utf-8")
    assert "## ResNet 勘误" in text
    assert "梯度可以不经衰减地传回浅层。 [1]" in text
    assert "跳跃突触。（笔记未支持）" in text
    assert "**[2]** 神经网络模型 › 更深的网络 › DenseNet" in text
    assert "**勘误**：解决了梯度消失 →" in text


def test_an_answer_can_be_copied(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    page.get_by_role("button", name="复制").click()
    expect(page.locator(".zt-toast")).to_have_text("已复制")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("ResNet 用捷径连接")
    assert "[2] 神经网络模型 › 更深的网络 › DenseNet" in text
