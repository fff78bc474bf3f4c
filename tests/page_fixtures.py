"""Fixtures for the tests of the page.

They live as long as a module: Playwright keeps an event loop, and other tests run their own.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_kit import Start, served
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

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


@pytest.fixture(scope="module")
def page_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a page where all is well, and the file where its Assistant notes things."""
    log = tmp_path_factory.mktemp("fake") / "log"
    log.touch()
    with served("--log", str(log)) as (address, _):
        yield address, log


@pytest.fixture
def start_page() -> Iterator[Start]:
    """Start a page of its own for one test."""
    with contextlib.ExitStack() as stack:
        yield lambda *options: stack.enter_context(served(*options))[0]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture
def profiles(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser profiles. None of their pages may ask for anything from elsewhere, or fail."""
    made: list[BrowserContext] = []
    foreign: list[str] = []
    errors: list[str] = []

    def make(width: int = 1440, dark: bool = False, locale: str = "zh-CN") -> BrowserContext:
        profile = chromium.new_context(
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
    page_server: tuple[str, Path], profiles: Callable[..., BrowserContext]
) -> Callable[..., Page]:
    """Open the page in a profile of its own: `open_page(width=390, dark=True, locale="en-US")`."""

    def opened(
        address: str = page_server[0], ready: bool = True, tab: str = "ask", **profile: object
    ) -> Page:
        page = profiles(**profile).new_page()
        page.goto(f"{address}?tab={tab}" if tab else address)
        if ready:
            expect(page.locator(".zt-examples button").first).to_be_visible(timeout=20_000)
        return page

    return opened


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
