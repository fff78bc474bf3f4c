"""The page in a real Chromium: what must not get through, and what happens when things fail."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from page_kit import HERE, Open, Start, ask, last, served
from playwright.sync_api import BrowserContext, expect

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RESNET = "ResNet 为什么能缓解梯度消失?"


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
    start_page: Start, profiles: Callable[..., BrowserContext]
) -> None:
    address = start_page("--password", "芝麻开门")
    page = profiles().new_page()
    page.goto(address)
    expect(page.locator(".zt-ask")).to_have_count(0)
    assert page.request.get(f"{address}config").status == 401
    page.get_by_label("密码").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("密码不对，请再试一次。")
    page.get_by_label("密码").fill("芝麻开门")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="提问").click()
    expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
    ask(page, RESNET)


def test_another_site_can_not_reach_the_page_under_its_own_name(
    page_server: tuple[str, Path],
) -> None:
    host, port = page_server[0].removeprefix("http://").rstrip("/").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_no_python_file_is_served(open_page: Open) -> None:
    page = open_page()
    address = page.url.partition("?")[0]
    assert page.request.get(f"{address}zhitu/desk.py").status == 404
    assert page.request.get(f"{address}zhitu/ask.js").status == 200


# --- when something is wrong --------------------------------------------------------------------


def test_a_missing_index_is_built_from_the_page(start_page: Start, open_page: Open) -> None:
    page = open_page(start_page("--missing", "--broken", "--pace", "0.05"), ready=False)
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


def test_changed_sources_are_told_and_indexed_again(start_page: Start, open_page: Open) -> None:
    page = open_page(start_page("--stale", "--model", "absent"), locale="en-US")
    banner = page.locator(".zt-banner")
    expect(banner).to_contain_text("2 sources have changed since the index was made")
    expect(page.locator(".zt-empty")).to_contain_text("There is no chat model on this machine")
    banner.get_by_role("button", name="Update the index").click()
    expect(banner).to_be_empty()


def test_while_the_model_loads_answers_are_quoted(start_page: Start, open_page: Open) -> None:
    page = open_page(start_page("--model", "loading"))
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


def test_an_error_is_said_in_the_language_of_the_page(open_page: Open) -> None:
    page = open_page()
    ask(page, "!!!???")
    details = last(page, ".zt-card-error .zt-detail")
    expect(details).to_have_text(["问题是空的", "写下你想知道的。"])
    page.locator(".zt-language").click()
    expect(details).to_have_text(["The question is empty", "Type what you want to know."])


def test_a_bug_is_a_card_and_not_the_end(open_page: Open) -> None:
    page = open_page()
    ask(page, "崩溃")
    expect(last(page, ".zt-card-error")).to_contain_text("RuntimeError: a bug")
    ask(page, RESNET)
    expect(last(page, ".zt-sentence")).to_have_count(5)


def test_an_assistant_that_does_not_start_says_why(start_page: Start, open_page: Open) -> None:
    page = open_page(start_page("--failing"), ready=False)
    expect(page.locator(".zt-banner")).to_contain_text("The data folder is not writable")
    expect(page.locator(".zt-chip")).to_contain_text("没能启动")


def test_a_server_that_goes_away_is_noticed(profiles: Callable[..., BrowserContext]) -> None:
    with served() as (address, process):
        page = profiles().new_page()
        page.goto(f"{address}?tab=ask")
        expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
        ask(page, "等待", finished=False)
        expect(page.locator(".zt-passage")).to_have_count(3)
        process.kill()
        expect(page.locator(".zt-banner")).to_contain_text("连不上知图的服务")
        expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
        expect(page.locator(".zt-passage")).to_have_count(3)


def test_a_port_in_use_is_one_clear_line(page_server: tuple[str, Path]) -> None:
    port = page_server[0].rstrip("/").rpartition(":")[2]
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
