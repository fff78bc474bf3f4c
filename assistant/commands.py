"""The commands, one function each: build what is needed, run it, hand the result to the printer."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli_output import (
    Bar,
    Row,
    answer_document,
    emit,
    hit_document,
    one_or_batch,
    print_answer,
    print_grade,
    print_hits,
    words_of,
)
from assistant.config import load_settings
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant


_QUESTION = '{"id": …, "q": "…"}'
_GRADED = '{"id": …, "question_id": "…", "answer": "…"}'


def _assistant(arguments: argparse.Namespace) -> Assistant:
    from assistant.pipeline import Assistant

    settings = load_settings(
        data_dir=arguments.data_dir,
        search=getattr(arguments, "search_by", None),
        top_k=getattr(arguments, "k", None),
    )
    return Assistant(settings)


def _look_first(arguments: argparse.Namespace, assistant: Assistant) -> None:
    """Find what is wrong with the request before a model is loaded or a file written."""
    from assistant.retrieval import clean_query

    if arguments.batch is None:
        if arguments.question is None:
            raise UsageError("No question is given", "Type it after the command, or use --batch.")
        clean_query(arguments.question)
    elif arguments.out is None:
        raise UsageError("--batch needs --out", "Name the file to write with --out OUT.jsonl.")
    services = assistant.services()
    if arguments.scope:
        services.taxonomy.scope(arguments.scope)


def search(arguments: argparse.Namespace) -> int:
    """`zhitu search`."""
    assistant = _assistant(arguments)
    _look_first(arguments, assistant)

    def run(row: Row) -> Row:
        question = words_of(row, "q", _QUESTION)
        began = time.perf_counter()
        hits = assistant.search(question, arguments.k, arguments.scope)
        took = round((time.perf_counter() - began) * 1000, 2)
        return {
            "query": question,
            "hits": [hit_document(hit) for hit in hits],
            "timings_ms": {"total": took},
        }

    return one_or_batch(arguments, {"q": arguments.question}, run, print_hits)


def ask(arguments: argparse.Namespace) -> int:
    """`zhitu ask`."""
    from assistant.schema import Done

    assistant = _assistant(arguments)
    _look_first(arguments, assistant)
    chat = assistant.chat_model(arguments.model, wait=True)

    def run(row: Row) -> Row:
        question = words_of(row, "q", _QUESTION)
        services = assistant.services()
        for event in services.answering.ask(question, (), arguments.scope, chat):
            if isinstance(event, Done):
                return answer_document(event.answer)
        raise AssertionError("an answer ends with Done")

    try:
        return one_or_batch(arguments, {"q": arguments.question}, run, print_answer)
    finally:
        assistant.close()


def grade(arguments: argparse.Namespace) -> int:
    """`zhitu grade`."""
    assistant = _assistant(arguments)
    if arguments.batch is None:
        if arguments.question is None or arguments.answer is None:
            raise UsageError(
                "A question of the bank and an answer are needed",
                "Give --question ID and --answer TEXT, or --batch. The bank: zhitu questions",
            )
        assistant.question(arguments.question)
    elif arguments.out is None:
        raise UsageError("--batch needs --out", "Name the file to write with --out OUT.jsonl.")
    assistant.services()
    chat = assistant.chat_model(arguments.model, wait=True)

    def run(row: Row) -> Row:
        answer = words_of(row, "answer", _GRADED)
        if "question_id" in row:
            identity = words_of(row, "question_id", _GRADED)
            graded = assistant.grade(assistant.question(identity), answer, chat)
        else:
            question = words_of(row, "question", _GRADED)
            graded = assistant.grade_points(question, _texts(row), answer, chat)
        return graded.model_dump(mode="json")

    one = {"question_id": arguments.question, "answer": arguments.answer}
    try:
        return one_or_batch(arguments, one, run, print_grade)
    finally:
        assistant.close()


def _texts(row: Row) -> list[str]:
    points = row.get("points")
    if not isinstance(points, list) or not points or not all(_is_text(p) for p in points):
        raise UsageError(
            "The row has neither a question_id nor points", 'Write "points": ["…", "…"].'
        )
    return points


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def index(arguments: argparse.Namespace) -> int:
    """`zhitu index`."""
    assistant = _assistant(arguments)
    before = assistant.ingestion.sources()
    with Bar() as bar:
        report = assistant.index(bar.update, arguments.source, arguments.corpus)
    if arguments.source:
        now = assistant.ingestion.sources()
        for dropped in [file for file in before.files if file not in now.files]:
            print(f"No longer indexed: {dropped} (give it with --source too)", file=sys.stderr)
    result = report.as_dict()
    if arguments.json:
        emit(result)
    else:
        print(
            f"{result['entries']} entries, {result['chunks']} chunks: {result['added']} added, "
            f"{result['changed']} changed, {result['removed']} removed, "
            f"{result['unchanged']} unchanged; {result['seconds']:.1f} s"
        )
    return 0


def models(arguments: argparse.Namespace) -> int:
    """`zhitu models`."""
    from assistant.model_store import ModelStore

    settings = load_settings(data_dir=arguments.data_dir)
    store = ModelStore(settings.models_dir, settings.hub_url)
    if arguments.action == "pull":
        with Bar("B") as bar:
            store.pull(arguments.names, bar.update)
    found = store.verify() if arguments.action == "verify" else store.status()
    rows: list[Row] = [
        {
            "name": status.spec.name,
            "role": status.spec.role,
            "state": status.state,
            "size": status.spec.size,
            "on_disk": status.on_disk,
            "licence": status.spec.licence,
            "path": str(status.path),
            "note": status.note,
        }
        for status in found
    ]
    if arguments.json:
        emit({"models": rows})
    else:
        for row in rows:
            print(
                f"{row['state']:<8} {row['role']:<8} {row['name']:<32} "
                f"{row['size'] / 1e6:>6.0f} MB  {row['licence']}  {row['note']}".rstrip()
            )
    bad = [row["name"] for row in rows if row["state"] == "damaged"]
    if bad:
        print(f"zhitu: damaged: {', '.join(bad)}. Run `zhitu models pull`.", file=sys.stderr)
    return 1 if bad else 0


def doctor(arguments: argparse.Namespace) -> int:
    """`zhitu doctor`."""
    from assistant.doctor import examine

    checks = examine(load_settings(data_dir=arguments.data_dir))
    if arguments.json:
        emit({"checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'NO '} {check.name}: {check.found}")
            if check.next_step:
                print(f"     {check.next_step}")
    return 0 if all(check.ok or not check.needed for check in checks) else 1


def backup(arguments: argparse.Namespace) -> int:
    """`zhitu backup`."""
    from assistant.backup import back_up

    settings = load_settings(data_dir=arguments.data_dir)
    size = back_up(settings.data_dir, Path(arguments.file))
    result = {"file": str(Path(arguments.file).absolute()), "bytes": size}
    emit(result) if arguments.json else print(f"Wrote {result['file']}, {size:,} bytes")
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """`zhitu restore`."""
    from assistant.backup import restore

    settings = load_settings(data_dir=arguments.data_dir)
    count = restore(Path(arguments.file), settings.data_dir)
    result = {"data_dir": str(settings.data_dir), "files": count}
    emit(result) if arguments.json else print(f"Restored {count} files to {settings.data_dir}")
    return 0


def corpus(arguments: argparse.Namespace) -> int:
    """`zhitu corpus`."""
    from assistant.corpus_check import check_corpus
    from assistant.corpus_check_links import unlinked
    from assistant.loaders.corpus import corpus_folder

    findings = check_corpus(corpus_folder())
    if arguments.json:
        emit({"findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            print(finding)
        for file in [] if findings else unlinked(corpus_folder()):
            print(f"{file}:1: warning: no link leads to this entry", file=sys.stderr)
        print(f"{len(findings)} finding(s)", file=sys.stderr)
    return 1 if findings else 0


def questions(arguments: argparse.Namespace) -> int:
    """`zhitu questions`."""
    from assistant.loaders.corpus import corpus_folder
    from assistant.loaders.questions import load_questions

    found = load_questions(corpus_folder())
    if arguments.entry:
        from assistant.loaders.corpus import load_corpus
        from assistant.taxonomy import Taxonomy

        wanted = Taxonomy(load_corpus(corpus_folder()).entries).scope(arguments.entry)
        found = [
            question
            for question in found
            if any(e == wanted or e.startswith(f"{wanted}/") for e in question.entries)
        ]
    if arguments.json:
        emit({"questions": [question.model_dump(mode="json") for question in found]})
        return 0
    for question in found:
        print(f"{question.id}  ({question.kind}, {question.difficulty})  {question.question}")
        for point in question.points:
            print(f"    {point.weight} {point.text}")
    return 0


def references(arguments: argparse.Namespace) -> int:
    """`zhitu references`."""
    from assistant.loaders.corpus import corpus_folder, load_corpus

    document = load_corpus(corpus_folder())
    references = [entry for entry in document.entries if entry.kind == "reference"]
    if arguments.action is None:
        rows = [
            {"id": r.id.rsplit("/", 1)[1], "title": r.title, "url": r.url, "entry": r.owner}
            for r in references
        ]
        if arguments.json:
            emit({"references": rows})
        else:
            for row in rows:
                print(f"{row['id']:<28} {row['title']}  {row['url']}")
        return 0
    from assistant.references import fetch_references
    from assistant.web import Fetcher

    assistant = _assistant(arguments)
    data_dir = assistant.settings.data_dir
    with Fetcher(allow_private=arguments.allow_private) as fetcher, Bar() as bar:
        report = fetch_references(references, data_dir, fetcher, arguments.names, bar.update)
    if report.fetched or report.unchanged:  # what an interrupted run fetched is indexed now
        with Bar() as bar:
            assistant.index(bar.update)
    if arguments.json:
        emit(vars(report))
    else:
        print(
            f"{len(report.fetched)} fetched, {len(report.unchanged)} unchanged, "
            f"{len(report.failed)} failed"
        )
        for name, reason in report.failed.items():
            print(f"  {name}: {reason}")
    return 1 if report.failed and not (report.fetched or report.unchanged) else 0


def ui(arguments: argparse.Namespace) -> int:
    """`zhitu ui`."""
    from assistant.ui.launch import serve

    return serve(
        load_settings(data_dir=arguments.data_dir, port=arguments.port, language=arguments.language)
    )
