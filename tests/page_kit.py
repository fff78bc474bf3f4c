"""What the tests of the page share: a server with a scripted Assistant, and what a reader does."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

HERE = Path(__file__).parent

expect.set_options(timeout=20_000)  # a busy machine is slow, and that is no fault of the page

Start = Callable[..., str]
Open = Callable[..., Page]


@contextlib.contextmanager
def served(
    *options: str, script: str = "fake_assistant.py"
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve the page on a free port; yields its address and the process."""
    kept = "ZHITU_MODELS_DIR"  # a developer's own settings must not change a test
    environment = {k: v for k, v in os.environ.items() if k == kept or not k.startswith("ZHITU_")}
    environment["PYTHONPATH"] = str(HERE.parent)
    process = subprocess.Popen(
        [sys.executable, str(HERE / script), *options],
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


def serious(page: Page, axe: str) -> str:
    """What axe-core finds that keeps somebody out, as JSON; `axe`: its source, see the fixture."""
    page.evaluate(axe)
    found = page.evaluate(
        """async () => (await axe.run(document)).violations
          .filter((v) => ["serious", "critical"].includes(v.impact))
          .map((v) => [v.id, v.nodes.map((node) => node.html.slice(0, 160))])"""
    )
    return json.dumps(found, ensure_ascii=False)
