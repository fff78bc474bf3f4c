"""What the tests of the learning tabs share: who is learning, and answers to what is asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from playwright.sync_api import Page, expect

from assistant.loaders.corpus import corpus_folder
from assistant.loaders.questions import in_english, load_questions
from assistant.schema import Question

WRONG = "我今天早饭吃了两个苹果，然后去操场跑步。"

OpenTab = Callable[..., Page]


def be(page: Page, learner: str) -> None:
    """Add a learner, or switch to one who is there."""
    page.locator(".zt-profile-button").click()
    there = page.locator(".zt-profile li button", has_text=learner)
    expect(page.locator(".zt-profile li").first).to_be_visible()
    if there.count():
        there.first.click()
    else:
        page.locator(".zt-profile-form input").first.fill(learner)
        page.keyboard.press("Enter")
    expect(page.locator(".zt-profile")).not_to_have_attribute("open", "")
    expect(page.locator(".zt-profile-button")).to_have_attribute("data-name", learner)


@cache
def bank() -> dict[str, Question]:
    """The questions of the real bank by their words."""
    return {question.question: question for question in load_questions(corpus_folder())}


@cache
def english() -> dict[str, Question]:
    """Those in English, by id."""
    return {one.id: one for one in in_english(bank().values(), corpus_folder())}


def question_on(page: Page, selector: str = "#zt-iv-text") -> Question:
    """The question that stands on the page."""
    return bank()[page.locator(selector).inner_text()]


def good(question: Question) -> str:
    """All that is asked for."""
    return "".join(f"{point.text}。" for point in question.points)
