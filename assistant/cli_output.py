"""What the commands print: documents for JSON, text for people, a bar on standard error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from assistant.errors import UsageError, ZhituError

if TYPE_CHECKING:
    from assistant.schema import Answer, Hit

Row = dict[str, Any]


def one_or_batch(
    arguments: argparse.Namespace, one: Row, run: Callable[[Row], Row], show: Callable[[Row], None]
) -> int:
    """Run one request and show it, or every row of a file, a failing one not stopping the rest.

    Args:
        arguments: Their `batch`, `out` and `json` are looked at.
        one: The request of the command line, as a row of a file would have it.
        run: Makes the document of a row.
        show: Prints a document for a person.
    """
    if arguments.batch is None:
        document = run(one)
        emit(document) if arguments.json else show(document)
        return 0
    rows = list(_read_rows(Path(arguments.batch)))
    failed = 0
    with _open_out(arguments) as out, Bar() as bar:
        for done, row in enumerate(rows, 1):
            answer: Row
            try:
                answer = {"id": row.get("id"), **run(row)}
            except ZhituError as error:
                failed += 1
                answer = {"id": row.get("id"), "error": str(error)}
            out.write(_json(answer, "utf-8") + "\n")
            out.flush()  # what is done stays, whatever comes
            bar.update("rows", done, len(rows))
    summary = {"rows": len(rows), "failed": failed, "out": str(Path(arguments.out).absolute())}
    if arguments.json:
        emit(summary)
    else:
        print(f"{len(rows)} rows, {failed} failed; wrote {summary['out']}")
    return 0


def _open_out(arguments: argparse.Namespace) -> TextIO:
    out = Path(arguments.out)
    try:
        if out.exists() and out.samefile(arguments.batch):
            raise UsageError("--out is the file of --batch", "Name another file with --out.")
        return out.open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out} can't be written: {error.strerror}", "Check --out.") from error


def _read_rows(path: Path) -> Iterator[Row]:
    try:
        # not splitlines: it would also cut at characters that may stand in a question
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", "Check --batch.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}", "Save it as UTF-8.") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            row = None
        yield row if isinstance(row, dict) else {"id": number}


def hit_document(hit: Hit) -> Row:
    """A hit as the contract has it."""
    return hit.model_dump(
        mode="json", include={"rank", "entry", "path", "kind", "score", "text", "source"}
    )


def answer_document(answer: Answer) -> Row:
    """An answer as the contract has it."""
    return answer.model_dump(mode="json")


def print_hits(document: Row) -> None:
    """Show a search to a person."""
    for hit in document["hits"]:
        print(f"{hit['rank']:>2}. {' › '.join(hit['path'])}  ({hit['score']:.3f})")
        for line in hit["text"].split("\n"):
            print(f"      {line}")
    if not document["hits"]:
        print("Nothing was found.")


def print_answer(document: Row) -> None:
    """Show an answer to a person: text, passages, errata."""
    if document["understood"]:
        print(f"({document['understood']})\n")
    print(document["answer"])
    if document["refused"]:
        for near in document["near"]:
            print(f"  ~ {' › '.join(near['path'])}")
    for citation in document["citations"]:
        print(f"\n[{citation['n']}] {' › '.join(citation['path'])}")
        print("\n".join(f"    {line}" for line in citation["quote"].split("\n")))
        if citation["source"]["url"]:
            print(f"    {citation['source']['url']}")
    for erratum in document["errata"]:
        print(f"\n! 勘误 {erratum['claim']}\n  → {erratum['correction']}")
    if document["removed"]:
        print(f"\n({document['removed']} sentence(s) taken out: the passages contradict them)")
    if document["model_error"]:
        print(f"\nzhitu: {document['model_error']}", file=sys.stderr)


def words_of(row: Row, name: str, form: str) -> str:
    """A text of a row.

    Raises:
        UsageError: There is none; `form` says what the row should be.
    """
    value = row.get(name)
    if not isinstance(value, str):
        raise UsageError(f"The row has no {name!r}", f"Write {form}.")
    return value


def print_grade(document: Row) -> None:
    """Show a mark to a person."""
    signs = {"covered": "+", "partial": "~", "missing": "-", "contradicted": "x"}
    print(f"{document['score']} / 100  ({document['verdict']})")
    for point in document["points"]:
        print(f"\n{signs[point['verdict']]} {point['verdict']:<12} {point['text']}")
        if point["quote"]:
            print(f"    > {point['quote']}")
        if point["citation"]:
            place = " › ".join(point["citation"]["path"])
            print(f"    {place}: {point['citation']['quote']}")
    if document["follow_up"]:
        print(f"\n? {document['follow_up']}")
    if document["model_error"]:
        print(f"\nzhitu: {document['model_error']}", file=sys.stderr)


def emit(document: object) -> None:
    """Print one JSON document."""
    print(_json(document, sys.stdout.encoding or "utf-8", indent=1))


def _json(document: object, encoding: str, indent: int | None = None) -> str:
    """JSON in readable characters, escaped where `encoding` lacks one or one is half an emoji."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


class Bar:
    """A progress bar on standard error; silent where that is no terminal and the work is short."""

    def __init__(self, unit: str = "it") -> None:
        self._unit = unit
        self._bar: Any = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, what: str, done: int, total: int) -> None:
        """Move the bar; `what` is being done."""
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(
                total=total, unit=self._unit, unit_scale=self._unit == "B", mininterval=0.5,
                file=sys.stderr, disable=None,
            )  # fmt: skip
        self._bar.set_description_str(what, refresh=False)
        if self._bar.total != total:
            self._bar.reset(total)
        self._bar.update(done - self._bar.n)
