"""RGB by its own rules, with a model that declines where nothing positive is shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_kit import write_rows

from assistant.cli import main
from assistant.errors import ChatModelError, UsageError
from assistant.pipeline import Assistant
from evals import rgb
from evals.rows import GoldError
from evals.runs import JudgedItem

RGB = [
    {"id": 0, "query": "几人", "answer": ["12人", ["A", "甲"]],
     "positive": [f"p{i}" for i in range(6)], "negative": [f"n{i}" for i in range(6)]},
    {"id": 1, "query": "哪里", "answer": ["南宁"],
     "positive": [f"p{i}" for i in range(6)], "negative": [f"n{i}" for i in range(6)]},
]  # fmt: skip


@pytest.fixture
def rgb_file(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "zh_refine.json", RGB)


@pytest.mark.parametrize(
    ("noise", "positive", "negative", "wanted"),
    [
        (0, 6, 6, 0),
        (0.4, 6, 6, 2),
        (0.5, 6, 6, 3),  # rounded up
        (0.8, 6, 6, 4),
        (1, 6, 6, 5),
        (0.8, 6, 2, 2),  # there are no more
        (0.2, 2, 6, 3),  # in the place of positive ones that aren't there
    ],
)
def test_of_five_passages_the_share_of_noise_is_negative(
    noise: float, positive: int, negative: int, wanted: int
) -> None:
    row = rgb.RgbRow(
        id="r", query="?", answer=("a",),
        positive=tuple(f"p{i}" for i in range(positive)),
        negative=tuple(f"n{i}" for i in range(negative)),
    )  # fmt: skip
    shown = rgb.passages(row, noise)
    assert len(shown) == 5
    assert sum(text.startswith("n") for text in shown) == wanted
    assert shown == rgb.passages(row, noise)


@pytest.mark.parametrize(
    ("reply", "right", "declines"),
    [
        ("共 12 人，见 a", True, False),  # blanks out, small letters, one of two spellings
        ("12人，甲", True, False),
        ("12人", False, False),  # half
        ("文档信息不足，也许是12人和甲", False, True),
        ("信 息 不 足", False, True),
        ("insufficient information", False, True),
        ("", False, False),
    ],
)
def test_a_reply_is_judged_by_rgbs_rules(reply: str, right: bool, declines: bool) -> None:
    assert rgb.right(reply, ("12人", ("A", "甲"))) is right
    assert rgb.declines(reply) is declines


class Replies:
    """Answers the first question at once, and declines where no positive passage is shown."""

    name = "replies"

    def __init__(self, *failing: str) -> None:
        self.prompts: list[list[dict[str, Any]]] = []
        self.failing = failing

    def stream(self, messages: Sequence[dict[str, Any]]) -> Iterator[str]:
        self.prompts.append(list(messages))
        text = messages[-1]["content"]
        if any(word in text for word in self.failing):
            raise ChatModelError("Too long", "Shorten it.")
        yield "文档信息" if "p0" not in text else "12人"
        yield "不足" if "p0" not in text else "和甲"


Use = Callable[[Any], Any]


@pytest.fixture
def use(shared: Assistant, monkeypatch: pytest.MonkeyPatch) -> Use:
    def use(model: Any) -> Any:
        monkeypatch.setattr(shared, "chat_model", lambda *_, **__: model)
        return model

    return use


def test_rgb_is_run_once_a_share_of_noise_and_once_without_evidence(
    shared: Assistant, rgb_file: Path, use: Use
) -> None:
    model = use(Replies())
    made = rgb.run(shared, rgb.Options(str(rgb_file), noise=(0.0, 0.8)))
    assert (made.kind, made.set, made.model) == ("rgb", "rgb.zh", "replies")
    clean, noisy, only = made.configurations
    assert [one.name for one in made.configurations] == ["noise 0", "noise 0.8", "all negative"]
    assert {name: e.value for name, e in clean.metrics.items()} == {"right": 0.5, "rejection": 0}
    assert noisy.metrics["right"].value == 0.5
    assert {name: e.value for name, e in only.metrics.items()} == {"rejection": 1}
    wrong = clean.items[1]
    assert isinstance(wrong, JudgedItem)
    assert (wrong.id, wrong.expected, wrong.given) == ("rgb-1", "南宁", "12人和甲")
    system, asked = model.prompts[0]
    assert system["content"].startswith("你是一个准确和可靠的人工智能助手")
    assert asked["content"].startswith("文档：\n")
    assert asked["content"].endswith(" \n\n问题：\n几人")
    assert len(model.prompts) == 6


def test_a_question_on_which_the_model_fails_is_left_out_and_named(
    shared: Assistant, rgb_file: Path, use: Use
) -> None:
    use(Replies("几人"))
    made = rgb.run(shared, rgb.Options(str(rgb_file), noise=()))
    assert made.configurations[0].metrics["rejection"].n == 1
    assert made.notes[-1].startswith("all negative: rgb-0 is left out")
    use(Replies("几人", "哪里"))
    with pytest.raises(ChatModelError, match="Too long"):
        rgb.run(shared, rgb.Options(str(rgb_file), noise=()))


def test_rgb_needs_its_file_and_a_model(
    shared: Assistant, rgb_file: Path, tmp_path: Path, use: Use
) -> None:
    use(None)
    with pytest.raises(UsageError, match="--model local"):
        rgb.run(shared, rgb.Options(str(rgb_file)))
    for text in ("{}", json.dumps({"id": 1, "query": "?"}), ""):
        (tmp_path / "other.json").write_text(text, encoding="utf-8")
        with pytest.raises(GoldError, match="--rgb"):
            rgb.run(shared, rgb.Options(str(tmp_path / "other.json")))
    with pytest.raises(GoldError, match="--rgb"):
        rgb.run(shared, rgb.Options(str(tmp_path / "nothing.json")))


def test_only_the_wanted_sample_is_asked(shared: Assistant, rgb_file: Path, use: Use) -> None:
    model = use(Replies())
    rgb.run(shared, rgb.Options(str(rgb_file), noise=(0.4,), sample=1))
    assert len(model.prompts) == 2
    assert model.prompts[0][-1]["content"][-2:] == model.prompts[1][-1]["content"][-2:]


def test_from_the_command_line(
    data: Path, rgb_file: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    rest = ["--data-dir", str(data)]
    monkeypatch.setattr(Assistant, "chat_model", lambda *_, **__: Replies())
    assert main(["eval", "rgb", "--rgb", str(rgb_file), "--noise", "0", ".8", *rest]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split(": ")[1].startswith("rgb on rgb.zh, 2 items")
    assert "right against noise 0" in text
    assert "right: 南宁; given: 12人和甲" in text
    with pytest.raises(SystemExit):
        main(["eval", "rgb", "--rgb", str(rgb_file), "--noise", "1", *rest])
