"""Fixtures for the tests of the learning tabs: a server over a part of the real corpus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from learn_kit import OpenTab, be
from page_kit import served
from playwright.sync_api import BrowserContext, Page, Route, expect

from assistant.config import Settings

SCRIPT = "learn_server.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this module keeps its index and the progress."""
    return tmp_path_factory.mktemp("learn")


@pytest.fixture(scope="module")
def learn_server(folder: Path, real_settings: Settings) -> Iterator[str]:
    """The address of a page with a real index, and real questions on it."""
    with served(str(folder), script=SCRIPT) as (address, _):
        yield address


@pytest.fixture
def open_tab(learn_server: str, profiles: Callable[..., BrowserContext]) -> OpenTab:
    """Open a tab as a learner of one's own: `open_tab("interview", "Ann", width=390)`."""

    def opened(tab: str, learner: str = "", **profile: object) -> Page:
        page = profiles(**profile).new_page()
        page.route(re.compile("component_server"), _same_order)
        page.goto(f"{learn_server}?tab={tab}")
        expect(page.locator(".zt-iv-begin").first).to_be_visible(timeout=120_000)
        expect(page.locator(".zt-initial")).not_to_have_text("·", timeout=120_000)
        if learner:
            be(page, learner)
        return page

    return opened


def _same_order(route: Route) -> None:
    """The page asks in another order every time; in a test it should be one."""
    given = route.request.post_data or ""
    route.continue_(post_data=re.sub(r'"seed":\d+', '"seed":7', given))
