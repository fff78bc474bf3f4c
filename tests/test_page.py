"""The page in a real Chromium, with a scripted Assistant behind it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
)
RESNET = "ResNet 为什么能缓解梯度消失?"

expect.set_options(timeout=20_000)  # a busy machine is slow, and that is no fault of the page

Start = Callable[..., str]
Open = Callable[..., Page]


@contextlib.contextmanager
def served(*options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the page on a free port; yields its address and the process."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ZHITU_")}
    environment["PYTHONPATH"] = str(HERE.parent)
    process = subprocess.Popen(
        [sys.executable, str(HERE / "fake_assistant.py"), *options],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"no address in {line!r}"
        yield found[0], process
    finally:
        process.terminate()
        process.wait(20)
        process.stdout.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a page where all is well, and the file where its Assistant notes things."""
    log = tmp_path_factory.mktemp("fake") / "log"
    log.touch()
    with served("--log", str(log)) as (address, _):
        yield address, log


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a page of its own for one test."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(served(*options))[0]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser profiles. None of their pages may ask for anything from elsewhere, or fail."""
    made: list[BrowserContext] = []
    foreign: list[str] = []
    errors: list[str] = []

    def make(width: int = 1440, dark: bool = False, locale: str = "zh-CN") -> BrowserContext:
        profile = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900},
            color_scheme="dark" if dark else "light",
            locale=locale,
            accept_downloads=True,
        )
        profile.grant_permissions(["clipboard-read", "clipboard-write"])
        profile.on("request", lambda request: foreign.append(request.url))
        profile.on("weberror", lambda error: errors.append(str(error.error)))
        made.append(profile)
        return profile

    yield make
    for profile in made:
        profile.close()
    here = ("http://127.0.0.1:", "data:", "blob:")
    assert [url for url in foreign if not url.startswith(here)] == []
    assert errors == []


@pytest.fixture
def open_page(
    server: tuple[str, Path], context: Callable[..., BrowserContext]
) -> Callable[..., Page]:
    """Open the page in a profile of its own: `open_page(width=390, dark=True, locale="en-US")`."""

    def opened(address: str = server[0], ready: bool = True, **profile: object) -> Page:
        page = context(**profile).new_page()
        page.goto(address)
        if ready:
            expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
        return page

    return opened


def ask(page: Page, question: str, finished: bool = True) -> None:
    """Type a question and send it; wait for the whole answer."""
    page.locator("#zt-question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".zt-turn").last.locator("h2")).to_have_text(question)
    if finished:
        expect(page.locator(".zt-turn").last).to_have_attribute("aria-busy", "false")


def last(page: Page, selector: str):  # type: ignore[no-untyped-def]
    return page.locator(".zt-turn").last.locator(selector)


def count_in(log: Path, word: str) -> int:
    return log.read_text(encoding="utf-8").count(word)


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for something outside of the page."""
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen within 10 seconds")


def no_sideways_scroll(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )


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


def test_a_follow_up_shows_how_it_was_understood(open_page: Open, server: tuple[str, Path]) -> None:
    page = open_page()
    ask(page, RESNET)
    expect(last(page, ".zt-understood")).to_have_count(0)
    ask(page, "它和 DenseNet 比呢?")
    expect(last(page, ".zt-understood")).to_have_text("理解为: ResNet 和 DenseNet 比呢?")
    assert count_in(server[1], f"history=['{RESNET}']") == 1


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
    expect(page.locator(".zt-turn h2")).to_have_text(RESNET)


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


def test_stop_ends_the_answer_and_the_model(open_page: Open, server: tuple[str, Path]) -> None:
    page = open_page()
    before = count_in(server[1], "closed")
    ask(page, "慢慢说", finished=False)
    expect(last(page, ".zt-sentence").first).to_be_visible()
    page.locator(".zt-send").click()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    expect(last(page, ".zt-note").last).to_contain_text("已停止")
    until(page, lambda: count_in(server[1], "closed") == before + 1)
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
    assert "跳跃突触。 (笔记未支持)" in text
    assert "**[2]** 神经网络模型 › 更深的网络 › DenseNet" in text
    assert "**勘误**: 解决了梯度消失 →" in text


def test_an_answer_can_be_copied(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    page.get_by_role("button", name="复制").click()
    expect(page.locator(".zt-toast")).to_have_text("已复制")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("ResNet 用捷径连接")
    assert "[2] 神经网络模型 › 更深的网络 › DenseNet" in text


# --- safety -------------------------------------------------------------------------------------


def test_markup_in_question_note_and_answer_is_shown_as_text(open_page: Open) -> None:
    page = open_page()
    attack = "<img src=x onerror=alert(1)><b>攻击</b>"
    ask(page, attack)
    expect(last(page, "h2")).to_have_text(attack)
    expect(last(page, ".zt-answer")).to_contain_text("<img src=x onerror=")
    expect(page.locator("#p1 .zt-rich")).to_contain_text("<img src=x onerror=")
    page.locator("#p1 .zt-more").click()
    expect(page.locator("#p1 .zt-around")).to_contain_text("<script>")
    page.reload()
    expect(last(page, ".zt-answer")).to_contain_text("<img src=x onerror=")
    assert page.locator(".zt-ask :is(img, script, h2 b)").count() == 0
    assert page.title() == "知图 Zhitu"


def test_a_password_is_asked_for_where_one_is_set(
    start: Start, context: Callable[..., BrowserContext]
) -> None:
    address = start("--password", "芝麻开门")
    page = context().new_page()
    page.goto(address)
    expect(page.locator(".zt-ask")).to_have_count(0)
    assert page.request.get(f"{address}config").status == 401
    page.get_by_label("密码").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("密码不对,请再试一次。")
    page.get_by_label("密码").fill("芝麻开门")
    page.keyboard.press("Enter")
    expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
    ask(page, RESNET)


def test_another_site_can_not_reach_the_page_under_its_own_name(server: tuple[str, Path]) -> None:
    host, port = server[0].removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_no_python_file_is_served(open_page: Open) -> None:
    page = open_page()
    assert page.request.get(f"{page.url}zhitu/desk.py").status == 404
    assert page.request.get(f"{page.url}zhitu/ask.js").status == 200


# --- when something is wrong --------------------------------------------------------------------


def test_a_missing_index_is_built_from_the_page(start: Start, open_page: Open) -> None:
    page = open_page(start("--missing", "--broken", "--pace", "0.05"), ready=False)
    banner = page.locator(".zt-banner")
    expect(banner).to_contain_text("还没有索引")
    ask(page, RESNET)
    expect(last(page, ".zt-card-error")).to_contain_text("索引还不能用")
    banner.get_by_role("button", name="建立索引").click()
    expect(banner.get_by_role("progressbar")).to_be_visible()
    expect(banner).to_contain_text("索引没有建成")  # the first time it fails
    expect(banner).to_contain_text("notes/list.pdf can't be read")
    banner.get_by_role("button", name="再试一次").click()
    expect(banner).to_be_empty()
    last(page, ".zt-card-error").get_by_role("button", name="再问一次").click()
    expect(page.locator(".zt-passage")).to_have_count(3)


def test_changed_sources_are_told_and_indexed_again(start: Start, open_page: Open) -> None:
    page = open_page(start("--stale", "--model", "absent"), locale="en-US")
    banner = page.locator(".zt-banner")
    expect(banner).to_contain_text("2 sources have changed since the index was made")
    expect(page.locator(".zt-empty")).to_contain_text("There is no chat model on this machine")
    banner.get_by_role("button", name="Update the index").click()
    expect(banner).to_be_empty()


def test_while_the_model_loads_answers_are_quoted(start: Start, open_page: Open) -> None:
    page = open_page(start("--model", "loading"))
    chip = page.locator(".zt-chip")
    expect(chip).to_contain_text("加载中")
    ask(page, RESNET)
    expect(last(page, "blockquote")).to_have_count(2)
    expect(last(page, ".zt-by")).to_contain_text("原文引用")
    expect(chip).to_contain_text("qwen2.5-coder-1.5b")
    expect(chip).not_to_contain_text("加载中")


def test_a_failing_endpoint_says_why_and_the_passages_answer(open_page: Open) -> None:
    page = open_page()
    ask(page, "断线")
    expect(last(page, ".zt-card-warn")).to_contain_text("Connection refused")
    expect(last(page, "blockquote").first).to_contain_text("恒等映射")
    expect(page.locator(".zt-passage")).to_have_count(3)


def test_a_question_that_can_not_be_served_is_not_lost(open_page: Open) -> None:
    page = open_page()
    ask(page, "!!!???")
    expect(last(page, ".zt-card-error")).to_contain_text("这个问题没法处理")
    expect(page.locator("#zt-question")).to_have_value("!!!???")


def test_a_bug_is_a_card_and_not_the_end(open_page: Open) -> None:
    page = open_page()
    ask(page, "崩溃")
    expect(last(page, ".zt-card-error")).to_contain_text("RuntimeError: a bug")
    ask(page, RESNET)
    expect(last(page, ".zt-sentence")).to_have_count(5)


def test_an_assistant_that_does_not_start_says_why(start: Start, open_page: Open) -> None:
    page = open_page(start("--failing"), ready=False)
    expect(page.locator(".zt-banner")).to_contain_text("The data folder is not writable")
    expect(page.locator(".zt-chip")).to_contain_text("没能启动")


def test_a_server_that_goes_away_is_noticed(context: Callable[..., BrowserContext]) -> None:
    with served() as (address, process):
        page = context().new_page()
        page.goto(address)
        expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
        ask(page, "等待", finished=False)
        expect(page.locator(".zt-passage")).to_have_count(3)
        process.kill()
        expect(page.locator(".zt-banner")).to_contain_text("连不上知图的服务")
        expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
        expect(page.locator(".zt-passage")).to_have_count(3)


def test_a_port_in_use_is_one_clear_line(server: tuple[str, Path]) -> None:
    port = server[0].rstrip("/").rpartition(":")[2]
    ended = subprocess.run(
        [sys.executable, str(HERE / "fake_assistant.py"), "--port", port],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(HERE.parent)},
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert f"Port {port} on 127.0.0.1 is in use" in ended.stderr
    assert "ZHITU_PORT=0" in ended.stderr


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
    open_page: Open, server: tuple[str, Path]
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
    assert count_in(server[1], "ask 范围里的问题 scope=神经网络模型/更深的网络/ResNet") == 1
    expect(last(page, ".zt-understood")).to_have_text("范围: ResNet")


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
    start: Start, open_page: Open
) -> None:
    page = open_page(start("--language", "en"), locale="zh-CN")
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
    expect(page.locator(".zt-theme")).to_have_attribute("aria-label", "明暗:浅色")


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


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The source of axe-core, which judges a page's accessibility."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm to install axe-core with")
    folder = tmp_path_factory.mktemp("axe")
    installed = subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "axe-core@4"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if installed.returncode:
        pytest.skip(f"npm could not install axe-core: {installed.stderr.strip()[-200:]}")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious(
    open_page: Open, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_page(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")  # a colour in the middle of a fade is no finding

    def serious() -> str:
        page.evaluate(axe)
        found = page.evaluate(
            """async () => (await axe.run(document)).violations
              .filter((v) => ["serious", "critical"].includes(v.impact))
              .map((v) => [v.id, v.nodes.map((node) => node.html.slice(0, 160))])"""
        )
        return json.dumps(found, ensure_ascii=False)

    assert serious() == "[]"
    page.locator(".zt-scope-button").click()
    assert serious() == "[]"
    page.keyboard.press("Escape")
    ask(page, "ResNet 勘误")
    assert serious() == "[]"
    last(page, ".zt-cite").nth(2).click()
    assert serious() == "[]"
    page.keyboard.press("Escape")
    ask(page, "今天天气怎么样")
    ask(page, "断线")
    ask(page, "崩溃")
    assert serious() == "[]"
