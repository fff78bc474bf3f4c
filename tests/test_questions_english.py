"""The English of the question bank: found, fitted to its question, and checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.corpus_check_english import english_troubles
from assistant.errors import SourceError
from assistant.loaders.corpus import corpus_folder
from assistant.loaders.questions import in_english, load_questions
from assistant.schema import KeyPoint, Question

ID = "cnn/resnet#1"
QUESTION = Question(
    id=ID,
    question="残差块怎么算？",
    entries=("cnn/resnet",),
    kind="recall",
    difficulty=1,
    points=(
        KeyPoint(text="加上输入", weight=3, bullet="加", entry="cnn/resnet", follow_up="式子？"),
        KeyPoint(text="学残差", weight=1, bullet="学", entry="cnn/resnet"),
    ),
)
WORDS = """cnn/resnet#1:
  question: "How does a residual block compute?"
  points:
  - text: "It adds its input."
    follow_up: "The formula?"
  - text: "It learns the residual."
"""


def write(folder: Path, text: str, name: str = "resnet.yaml") -> None:
    path = folder / "questions_en" / "cnn" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_only_the_words_change(tmp_path: Path) -> None:
    write(tmp_path, WORDS)
    (english,) = in_english([QUESTION], tmp_path)
    assert english.question == "How does a residual block compute?"
    assert [point.text for point in english.points] == [
        "It adds its input.", "It learns the residual.",
    ]  # fmt: skip
    assert [point.follow_up for point in english.points] == ["The formula?", ""]
    assert [(p.weight, p.bullet) for p in english.points] == [(3, "加"), (1, "学")]
    assert (english.id, english.entries, english.difficulty) == (ID, ("cnn/resnet",), 1)


def test_without_a_translation_a_question_stays_as_it_is(tmp_path: Path) -> None:
    assert in_english([QUESTION], tmp_path) == [QUESTION]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('  question: "How does a residual block compute?"\n', ""),
        ('  - text: "It learns the residual."\n', ""),
        ('  - text: "It learns the residual."\n', "  - learns\n"),
        ("  points:\n", "  pints:\n"),
    ],
)
def test_a_translation_that_does_not_fit_is_named(tmp_path: Path, old: str, new: str) -> None:
    write(tmp_path, WORDS.replace(old, new))
    with pytest.raises(SourceError, match=r"English of question cnn/resnet#1 doesn't fit"):
        in_english([QUESTION], tmp_path)
    assert [line for _, line, _ in english_troubles(tmp_path, {ID: QUESTION})] == [1]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (WORDS, []),
        (WORDS.replace("#1", "#9"), ["there is no question cnn/resnet#9", f"{ID} has no English"]),
        (
            WORDS.replace('    follow_up: "The formula?"\n', ""),
            [f"{ID}: a follow-up stands in one language only"],
        ),
        ("- a list", ["holds no mapping of ids to words", f"{ID} has no English"]),
    ],
)
def test_the_check_says_what_is_wrong(tmp_path: Path, text: str, messages: list[str]) -> None:
    write(tmp_path, text)
    found = [message for _, _, message in english_troubles(tmp_path, {ID: QUESTION})]
    assert found == messages


def test_the_same_question_in_two_files_is_found(tmp_path: Path) -> None:
    write(tmp_path, WORDS)
    write(tmp_path, WORDS, "zz.yaml")
    found = [message for _, _, message in english_troubles(tmp_path, {ID: QUESTION})]
    assert found == [f"the English of {ID} stands twice"]


def test_the_whole_bank_speaks_english() -> None:
    folder = corpus_folder()
    bank = load_questions(folder)
    for chinese, english in zip(bank, in_english(bank, folder), strict=True):
        said = [english.question, *(p.text + p.follow_up for p in english.points)]
        assert chinese.question != english.question
        assert not any("\u4e00" <= letter <= "\u9fff" for text in said for letter in text)
