"""All evaluations of a release, one after another: what the README and the baseline stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.config import SearchName
from assistant.errors import IndexStateError
from assistant.loaders.corpus import CORPUS
from assistant.parts import SEARCHES
from assistant.pipeline import Assistant
from evals import grading, judges, retrieval, support
from evals.runs import Run

Say = Callable[[str], None]


def runs(
    assistant: Assistant,
    splits: Sequence[str],
    say: Say,
    searches: Sequence[SearchName] = tuple(SEARCHES),
    ocnli: Path | None = None,
) -> Iterator[Run]:
    """Run retrieval, support and grading on each split.

    Args:
        assistant: Its index must hold the built-in corpus, and nothing else.
        splits: `dev`, `test`.
        say: Told what is being run.
        searches: Those compared in retrieval.
        ocnli: OCNLI's development set, for the support checker.

    Raises:
        IndexStateError: The index holds something else.
        ModelMissingError: The support checker's model is not on this machine.
    """
    _only_corpus(assistant)
    for split in splits:
        name = f"retrieval.{split}"
        say(f"{name} …")
        yield retrieval.run(assistant, retrieval.Options(set=name, searches=tuple(searches)))
    judge = judges.support_judge(assistant)
    for split in splits:
        name = f"support.{split}"
        say(f"{name} …")
        yield support.run(assistant, judge, support.Options(set=name))
    if ocnli is not None:
        say("ocnli …")
        yield support.run(assistant, judge, support.Options(ocnli=str(ocnli)))
    grader = judges.grader(assistant)
    for split in splits:
        name = f"grading.{split}"
        say(f"{name} …")
        yield grading.run(assistant, grader, grading.Options(set=name))


def _only_corpus(assistant: Assistant) -> None:
    sources = set(assistant.services().index.manifest.sources)
    if sources != {CORPUS}:
        more = ", ".join(sorted(sources - {CORPUS})) or "not the built-in corpus"
        raise IndexStateError(
            f"The index must hold the built-in corpus alone, and it holds {more}",
            "Make one beside yours: `zhitu index --data-dir D`, then give --data-dir D here too.",
        )
