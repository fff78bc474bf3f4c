"""The reading view in a real Chromium: opening an entry, walking on, asking from it, leaving it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from page_kit import Open, ask, count_in, last, no_sideways_scroll, serious
from playwright.sync_api import Page, expect

pytest_plugins = ["page_fixtures"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

RESNET = "ResNet 为什么能缓解梯度消失?"
HERE = "#entry=backbone/deeper/resnet"


def reader(page: Page, selector: str = ""):  # type: ignore[no-untyped-def]
    return page.locator(f"dialog.zt-reader {selector}".strip())


def opened(page: Page, title: str) -> None:
    """Wait for the entry of this title, and for its formulas."""
    expect(reader(page, "h1")).to_have_text(title)
    expect(reader(page, "h1")).to_be_focused()


def nowhere(page: Page) -> None:
    """Wait until the address names no entry: the browser goes back in its own time."""
    page.wait_for_function("location.hash === ''")


def at(page: Page, address: str) -> None:
    """Open the page itself at an entry, as a link from elsewhere does."""
    base = page.url.partition("#")[0]
    page.goto("about:blank")
    page.goto(base + address)


# --- opening and leaving ------------------------------------------------------------------------


def test_a_cited_passage_leads_to_its_entry_and_escape_leads_back(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    whole = page.locator("#p1 .zt-read")
    whole.focus()
    page.keyboard.press("Enter")
    opened(page, "ResNet")
    assert page.url.endswith(HERE)
    assert page.title() == "ResNet · 知图 Zhitu"
    page.keyboard.press("Escape")
    expect(reader(page)).to_be_hidden()
    expect(whole).to_be_focused()
    expect(page.locator(".zt-turn")).to_have_count(1)
    nowhere(page)
    assert page.title() == "知图 Zhitu"


def test_an_address_opens_its_entry_also_after_a_reload(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    page.reload()
    opened(page, "ResNet")
    page.get_by_role("button", name="关闭").last.click()
    expect(reader(page)).to_be_hidden()
    nowhere(page)


def test_back_closes_what_a_link_has_opened_and_forward_opens_it_again(open_page: Open) -> None:
    page = open_page()
    ask(page, RESNET)
    page.locator("#p1 .zt-read").click()
    opened(page, "ResNet")
    page.go_back()
    expect(reader(page)).to_be_hidden()
    page.go_forward()
    opened(page, "ResNet")


def test_escape_leaves_at_once_however_far_one_has_walked(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    reader(page, ".zt-turn-page.zt-next").click()
    opened(page, "DenseNet")
    page.keyboard.press("Escape")
    expect(reader(page)).to_be_hidden()
    nowhere(page)


def test_a_refusal_offers_its_entries_to_read(open_page: Open) -> None:
    page = open_page()
    ask(page, "今天天气怎么样")
    last(page, ".zt-near-pair").first.get_by_role("link", name="读「ResNet」").click()
    opened(page, "ResNet")


def test_outline_and_scope_lead_to_an_entry(open_page: Open) -> None:
    page = open_page()
    page.locator(".zt-outline summary").first.click()
    page.locator(".zt-outline li", has_text="DenseNet").hover()
    page.get_by_role("link", name="读「DenseNet」").click()
    opened(page, "DenseNet")
    page.keyboard.press("Escape")
    page.locator(".zt-scope-button").click()
    page.keyboard.type("resnet")
    page.keyboard.press("Enter")
    page.locator(".zt-scope .zt-read").click()
    opened(page, "ResNet")


def test_escape_in_the_view_does_not_stop_the_answer_below(open_page: Open) -> None:
    page = open_page()
    ask(page, "慢慢说", finished=False)
    page.locator("#p1 .zt-read").click()
    opened(page, "ResNet")
    page.keyboard.press("Escape")
    expect(reader(page)).to_be_hidden()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")


def test_escape_counts_while_the_focus_still_lingers_in_the_closed_view(open_page: Open) -> None:
    page = open_page()
    ask(page, "慢慢说", finished=False)
    page.locator("#p1 .zt-read").click()
    opened(page, "ResNet")
    page.locator("dialog.zt-reader").evaluate(
        """(dialog) => {
          const inside = dialog.querySelector("#zt-entry-title");
          dialog.close(); // what Escape does; the next key may come before the page is drawn again
          inside.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
        }"""
    )
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")


def test_an_entry_that_is_not_there_is_said_and_others_are_offered(open_page: Open) -> None:
    page = open_page()
    at(page, "#entry=no/such%3Cimg%20src=x%20onerror=alert(1)%3E")
    expect(reader(page)).to_contain_text("没有叫「no/such<img src=x onerror=alert(1)>」的条目")
    expect(reader(page, ".zt-siblings a")).to_have_count(5)
    at(page, "#entry=100%25%")
    expect(reader(page)).to_contain_text("没有叫「")


# --- reading ------------------------------------------------------------------------------------


def test_formulas_tables_and_code_are_set(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    expect(reader(page, ".zt-tex-display .katex-display")).to_have_count(2)
    assert reader(page, ".katex-error").count() == 0
    hidden = reader(page, ".katex-mathml").first.evaluate("e => getComputedStyle(e).position")
    assert hidden == "absolute"  # the style sheet of the formulas holds here
    expect(reader(page, "table tr")).to_have_count(3)
    expect(reader(page, "table .katex")).to_have_count(3)
    expect(reader(page, "pre")).to_contain_text("# $不是公式$ <b>")
    assert not re.search(r"\*\*|\[@|\$\$", reader(page).inner_text())


def test_a_number_in_the_text_opens_its_reference(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    mark = reader(page, ".zt-cited").nth(2)
    expect(mark).to_have_attribute("aria-label", re.compile("^文献 2：Identity Mappings"))
    mark.focus()
    page.keyboard.press("Enter")
    card = reader(page, ".zt-ref-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Kaiming He · ECCV 2016")
    expect(card.get_by_role("link").first).to_have_attribute(
        "href", "https://arxiv.org/abs/1603.05027"
    )
    card.locator("summary").click()
    expect(card).to_contain_text("恒等捷径给梯度一条直通路。")
    page.keyboard.press("Escape")  # closes the card only
    expect(card).to_be_hidden()
    expect(reader(page)).to_be_visible()
    expect(mark).to_be_focused()


def test_an_erratum_strikes_the_claim_out(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    erratum = reader(page, "#zt-errata .zt-erratum")
    expect(erratum.locator("del")).to_have_text("导数总比原导数加 1")
    expect(erratum).to_contain_text("只在捷径恒等时成立")


def test_the_contents_lead_to_a_heading_and_mark_it(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    row = reader(page, ".zt-toc").get_by_role("button", name="规格")
    row.click()
    heading = reader(
        page,
        "h3",
    ).filter(has_text="规格")
    expect(heading).to_be_focused()
    expect(heading).to_be_in_viewport()
    expect(reader(page, ".zt-toc [aria-current]")).to_have_count(1)


def test_one_walks_by_next_previous_and_the_path(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    page.get_by_role("link", name="下一条：DenseNet").first.click()
    opened(page, "DenseNet")
    page.get_by_role("link", name="上一条：ResNet").first.click()
    opened(page, "ResNet")
    reader(page, ".zt-reader-bar").get_by_role("link", name="更深的网络").click()
    opened(page, "更深的网络")
    reader(page, "#zt-children").get_by_role("link").first.click()
    opened(page, "LeNet-5")
    page.go_back()
    opened(page, "更深的网络")


def test_back_finds_the_place_in_the_text_again(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    scroller = reader(page, ".zt-reader-scroll")
    scroller.evaluate("e => e.scrollTop = 400")
    reader(page, ".zt-reader-bar").get_by_role("link", name="更深的网络").click()
    opened(page, "更深的网络")
    page.go_back()
    opened(page, "ResNet")
    assert scroller.evaluate("e => e.scrollTop") == 400


def test_a_reference_is_read_like_an_entry(open_page: Open) -> None:
    page = open_page()
    at(page, "#entry=references/he2016resnet")
    opened(page, "Deep Residual Learning for Image Recognition")
    expect(reader(page, ".zt-kind")).to_have_text("文献")
    reader(page, "#zt-cited-by").get_by_role("link", name="DenseNet").click()
    opened(page, "DenseNet")


def test_the_neighbours_lead_on_and_say_how_they_are_related(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    around = reader(page, "#zt-neighbours")
    expect(around.locator("h2")).to_have_text("相邻概念")
    expect(around.locator("h3")).to_have_text(["它的变体", "对比", "它用到"])
    uses = around.get_by_role("list", name="它用到").get_by_role("listitem")
    expect(uses).to_have_count(1)  # two that one bullet names
    expect(uses.get_by_role("link")).to_have_text(["DenseNet", "LeNet-5"])
    expect(uses.locator(".katex").first).to_be_visible()
    around.get_by_role("list", name="它的变体").get_by_role("link").click()
    opened(page, "DenseNet")
    back = reader(page, "#zt-neighbours")
    expect(back.locator("h3")).to_have_text(["它是谁的变体", "用到它"])
    back.get_by_role("link", name="ResNet").first.click()
    opened(page, "ResNet")


def test_markup_in_own_notes_is_shown_as_text(open_page: Open) -> None:
    page = open_page()
    at(
        page,
        "#entry=自己的-img-src-x-onerror-document-title-hacked-script-document-title-hacked-script",
    )
    expect(reader(page, "h1")).to_contain_text("自己的 <img src=x onerror=")
    expect(reader(page, ".zt-prose").first).to_contain_text("<script>")
    assert reader(page, ":is(img, script)").count() == 0
    assert reader(page, 'a[href^="javascript"]').count() == 0
    assert page.title().startswith("自己的 <img")
    reader(page, "#zt-children").get_by_role("link", name="空标题").click()
    opened(page, "空标题")
    expect(reader(page)).to_contain_text("这个标题下面没有写内容")


# --- asking -------------------------------------------------------------------------------------


def test_a_follow_up_is_asked_of_the_entry_and_back_leads_to_it(
    open_page: Open, page_server: tuple[str, Path]
) -> None:
    page = open_page()
    at(page, HERE)
    opened(page, "ResNet")
    reader(page, ".zt-asks button").first.click()
    expect(reader(page)).to_be_hidden()
    expect(page.locator(".zt-turn h2")).to_have_text("ResNet：退化和过拟合怎么分辨？")
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    asked = "ask ResNet：退化和过拟合怎么分辨？ scope=backbone/deeper/resnet"
    assert count_in(page_server[1], asked) == 1
    page.go_back()
    opened(page, "ResNet")


def test_a_follow_up_that_names_another_entry_is_asked_of_all(
    open_page: Open, page_server: tuple[str, Path]
) -> None:
    page = open_page()
    at(page, HERE)
    reader(page, ".zt-asks button").last.click()
    expect(page.locator(".zt-turn")).to_have_attribute("aria-busy", "false")
    assert count_in(page_server[1], "各有什么利弊？ scope=None") == 1


def test_ask_about_it_makes_the_entry_the_scope(open_page: Open) -> None:
    page = open_page()
    at(page, HERE)
    page.get_by_role("button", name="问这一条").click()
    expect(reader(page)).to_be_hidden()
    expect(page.locator(".zt-scope-button")).to_have_text("ResNet")
    expect(page.locator("#zt-question")).to_be_focused()


def test_while_an_answer_is_written_a_follow_up_waits_in_the_box(open_page: Open) -> None:
    page = open_page()
    ask(page, "慢慢说", finished=False)
    page.locator("#p1 .zt-read").click()
    reader(page, ".zt-asks button").first.click()
    expect(page.locator("#zt-question")).to_have_value("ResNet：退化和过拟合怎么分辨？")
    expect(page.locator(".zt-scope-button")).to_have_text("ResNet")
    page.keyboard.press("Escape")


# --- for everyone -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [390, 768, 1100, 1440])
def test_nothing_is_wider_than_the_screen(open_page: Open, width: int) -> None:
    page = open_page(width=width)
    for address in (HERE, "#entry=references/unread2017", "#entry=backbone", "#entry=none"):
        at(page, address)
        expect(reader(page, ":is(h1, .zt-card)")).to_be_visible()
        page.wait_for_timeout(200)  # formulas
        assert no_sideways_scroll(page)
        assert reader(page, ".zt-reader-scroll").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_on_a_phone_equations_stand_below_each_other(open_page: Open) -> None:
    page = open_page(width=390)
    at(page, HERE)
    opened(page, "ResNet")
    wide = reader(page, ".zt-tex-display").nth(1)
    expect(wide.locator(".katex")).to_be_visible()
    assert wide.locator(".mtable").count() == 1


def test_the_view_speaks_the_language_of_the_page(open_page: Open) -> None:
    page = open_page(locale="en-US")
    at(page, HERE)
    expect(page.get_by_role("button", name="Ask about it")).to_be_visible()
    expect(reader(page, "h2").first).to_have_text("Key points")


@pytest.mark.parametrize(
    ("width", "dark", "locale"),
    [(1440, False, "zh-CN"), (1440, True, "en-US"), (390, False, "en-US"), (390, True, "zh-CN")],
)
def test_axe_finds_nothing_serious(
    open_page: Open, axe: str, width: int, dark: bool, locale: str
) -> None:
    page = open_page(width=width, dark=dark, locale=locale)
    page.emulate_media(reduced_motion="reduce")

    at(page, HERE)
    opened(page, "ResNet")
    expect(reader(page, "pre")).to_be_visible()
    assert serious(page, axe) == "[]"
    reader(page, ".zt-cited").first.click()
    reader(page, ".zt-ref-card summary").click()
    assert serious(page, axe) == "[]"
    at(page, "#entry=backbone/deeper")
    opened(page, "更深的网络")
    assert serious(page, axe) == "[]"
    at(page, "#entry=references/he2016resnet")
    expect(reader(page, "h1")).to_be_visible()
    assert serious(page, axe) == "[]"
