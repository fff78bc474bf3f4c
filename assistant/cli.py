"""The command line. With `--json` standard output is one JSON document; all else goes to stderr.

Exit status: 0 done (a refusal to answer is an answer), 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from assistant import __version__
from assistant.config import load_settings
from assistant.errors import UsageError, ZhituError

if TYPE_CHECKING:
    from assistant.pipeline import Assistant
    from assistant.schema import Answer, Hit

Row = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; see `zhitu --help`."""
    arguments = _parser().parse_args(argv, argparse.Namespace(data_dir=None, json=False))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks `›` shows `?`
    try:
        return int(arguments.run(arguments))
    except UsageError as error:
        print(f"zhitu: {error}", file=sys.stderr)
        return 2
    except ZhituError as error:
        print(f"zhitu: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("zhitu: stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away; nothing is left to say
        return 1


def _assistant(arguments: argparse.Namespace) -> Assistant:
    from assistant.pipeline import Assistant

    settings = load_settings(
        data_dir=arguments.data_dir,
        search=getattr(arguments, "search_by", None),
        top_k=getattr(arguments, "k", None),
    )
    return Assistant(settings)


def _search(arguments: argparse.Namespace) -> int:
    assistant = _assistant(arguments)
    _look_first(arguments, assistant)

    def run(question: str) -> Row:
        began = time.perf_counter()
        hits = assistant.search(question, arguments.k, arguments.scope)
        took = round((time.perf_counter() - began) * 1000, 2)
        return {
            "query": question,
            "hits": [_hit(hit) for hit in hits],
            "timings_ms": {"total": took},
        }

    return _one_or_batch(arguments, run, _print_hits)


def _ask(arguments: argparse.Namespace) -> int:
    from assistant.schema import Done

    assistant = _assistant(arguments)
    _look_first(arguments, assistant)
    chat = assistant.chat_model(arguments.model, wait=True)

    def run(question: str) -> Row:
        services = assistant.services()
        for event in services.answering.ask(question, (), arguments.scope, chat):
            if isinstance(event, Done):
                return _answer(event.answer)
        raise AssertionError("an answer ends with Done")

    try:
        return _one_or_batch(arguments, run, _print_answer)
    finally:
        assistant.close()


def _index(arguments: argparse.Namespace) -> int:
    assistant = _assistant(arguments)
    before = assistant.ingestion.sources()
    with _Bar() as bar:
        report = assistant.index(bar.update, arguments.source, arguments.corpus)
    if arguments.source:
        now = assistant.ingestion.sources()
        for dropped in [file for file in before.files if file not in now.files]:
            print(f"No longer indexed: {dropped} (give it with --source too)", file=sys.stderr)
    result = report.as_dict()
    if arguments.json:
        _emit(result)
    else:
        print(
            f"{result['entries']} entries, {result['chunks']} chunks: {result['added']} added, "
            f"{result['changed']} changed, {result['removed']} removed, "
            f"{result['unchanged']} unchanged; {result['seconds']:.1f} s"
        )
    return 0


def _models(arguments: argparse.Namespace) -> int:
    from assistant.model_store import ModelStore

    settings = load_settings(data_dir=arguments.data_dir)
    store = ModelStore(settings.models_dir, settings.hub_url)
    if arguments.action == "pull":
        with _Bar("B") as bar:
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
        _emit({"models": rows})
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


def _doctor(arguments: argparse.Namespace) -> int:
    from assistant.doctor import examine

    checks = examine(load_settings(data_dir=arguments.data_dir))
    if arguments.json:
        _emit({"checks": [vars(check) for check in checks]})
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'NO '} {check.name}: {check.found}")
            if check.next_step:
                print(f"     {check.next_step}")
    return 0 if all(check.ok or not check.needed for check in checks) else 1


def _backup(arguments: argparse.Namespace) -> int:
    from assistant.backup import back_up

    settings = load_settings(data_dir=arguments.data_dir)
    size = back_up(settings.data_dir, Path(arguments.file))
    result = {"file": str(Path(arguments.file).absolute()), "bytes": size}
    _emit(result) if arguments.json else print(f"Wrote {result['file']}, {size:,} bytes")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    from assistant.backup import restore

    settings = load_settings(data_dir=arguments.data_dir)
    count = restore(Path(arguments.file), settings.data_dir)
    result = {"data_dir": str(settings.data_dir), "files": count}
    _emit(result) if arguments.json else print(f"Restored {count} files to {settings.data_dir}")
    return 0


def _corpus(arguments: argparse.Namespace) -> int:
    from assistant.corpus_check import check_corpus
    from assistant.loaders.corpus import corpus_folder

    findings = check_corpus(corpus_folder())
    if arguments.json:
        _emit({"findings": [vars(finding) for finding in findings]})
    else:
        for finding in findings:
            print(finding)
        print(f"{len(findings)} finding(s)", file=sys.stderr)
    return 1 if findings else 0


def _questions(arguments: argparse.Namespace) -> int:
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
        _emit({"questions": [question.model_dump(mode="json") for question in found]})
        return 0
    for question in found:
        print(f"{question.id}  ({question.kind}, {question.difficulty})  {question.question}")
        for point in question.points:
            print(f"    {point.weight} {point.text}")
    return 0


def _references(arguments: argparse.Namespace) -> int:
    from assistant.loaders.corpus import corpus_folder, load_corpus

    document = load_corpus(corpus_folder())
    references = [entry for entry in document.entries if entry.kind == "reference"]
    if arguments.action is None:
        rows = [
            {"id": r.id.rsplit("/", 1)[1], "title": r.title, "url": r.url, "entry": r.owner}
            for r in references
        ]
        if arguments.json:
            _emit({"references": rows})
        else:
            for row in rows:
                print(f"{row['id']:<28} {row['title']}  {row['url']}")
        return 0
    from assistant.references import fetch_references
    from assistant.web import Fetcher

    assistant = _assistant(arguments)
    data_dir = assistant.settings.data_dir
    with Fetcher(allow_private=arguments.allow_private) as fetcher, _Bar() as bar:
        report = fetch_references(references, data_dir, fetcher, arguments.names, bar.update)
    if report.fetched:
        with _Bar() as bar:
            assistant.index(bar.update)
    if arguments.json:
        _emit(vars(report))
    else:
        print(
            f"{len(report.fetched)} fetched, {len(report.unchanged)} unchanged, "
            f"{len(report.failed)} failed"
        )
        for name, reason in report.failed.items():
            print(f"  {name}: {reason}")
    return 1 if report.failed and not (report.fetched or report.unchanged) else 0


def _ui(arguments: argparse.Namespace) -> int:
    from assistant.ui.launch import serve

    return serve(
        load_settings(data_dir=arguments.data_dir, port=arguments.port, language=arguments.language)
    )


# --- one question or many -----------------------------------------------------------------------


def _one_or_batch(
    arguments: argparse.Namespace, run: Callable[[str], Row], show: Callable[[Row], None]
) -> int:
    if arguments.batch is None:
        document = run(arguments.question)
        _emit(document) if arguments.json else show(document)
        return 0
    rows = list(_read_rows(Path(arguments.batch)))
    failed = 0
    with _open_out(arguments) as out, _Bar() as bar:
        for done, row in enumerate(rows, 1):
            answer: Row
            try:
                if not isinstance(row.get("q"), str):
                    raise UsageError("The row has no question", 'Write {"id": …, "q": "…"}.')
                answer = {"id": row.get("id"), **run(row["q"])}
            except ZhituError as error:
                failed += 1
                answer = {"id": row.get("id"), "error": str(error)}
            out.write(_json(answer, "utf-8") + "\n")
            out.flush()  # what is done stays, whatever comes
            bar.update("questions", done, len(rows))
    summary = {"rows": len(rows), "failed": failed, "out": str(Path(arguments.out).absolute())}
    if arguments.json:
        _emit(summary)
    else:
        print(f"{len(rows)} rows, {failed} failed; wrote {summary['out']}")
    return 0


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


# --- what is printed ----------------------------------------------------------------------------


def _hit(hit: Hit) -> Row:
    return hit.model_dump(
        mode="json", include={"rank", "entry", "path", "kind", "score", "text", "source"}
    )


def _answer(answer: Answer) -> Row:
    document = answer.model_dump(mode="json")
    for citation in document["citations"]:
        citation["highlights"] = [list(span) for span in citation["highlights"]]
    return document


def _print_hits(document: Row) -> None:
    for hit in document["hits"]:
        print(f"{hit['rank']:>2}. {' › '.join(hit['path'])}  ({hit['score']:.3f})")
        for line in hit["text"].split("\n"):
            print(f"      {line}")
    if not document["hits"]:
        print("Nothing was found.")


def _print_answer(document: Row) -> None:
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


def _emit(document: object) -> None:
    print(_json(document, sys.stdout.encoding or "utf-8", indent=1))


def _json(document: object, encoding: str, indent: int | None = None) -> str:
    """JSON in readable characters, escaped where `encoding` lacks one or one is half an emoji."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(document, indent=indent)
    return text


class _Bar:
    """A progress bar on standard error; silent where that is no terminal and the work is short."""

    def __init__(self, unit: str = "it") -> None:
        self._unit = unit
        self._bar: Any = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, what: str, done: int, total: int) -> None:
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


# --- the arguments ------------------------------------------------------------------------------


def _hits(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{number} is not in 1 to 100")
    return number


def _parser() -> argparse.ArgumentParser:
    # --data-dir and --json may stand before or after the command
    def common() -> argparse.ArgumentParser:
        # a new one each time: parsers that share it would share its defaults too, and a default
        # of the command would undo what stood before it
        made = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
        made.add_argument(
            "--data-dir", type=Path, metavar="D", help="index, progress and runs lie here"
        )
        made.add_argument("--json", action="store_true", help="print one JSON document")
        return made

    parser = argparse.ArgumentParser(
        prog="zhitu",
        description="Ask, interview and map your own deep-learning notes.",
        parents=[common()],
    )
    parser.add_argument("--version", action="version", version=f"zhitu {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, parents=[common()])
        made.set_defaults(run=run)
        return made

    for name, run, text in (
        ("search", _search, "find the entries that answer a question"),
        ("ask", _ask, "answer a question from the notes, with citations"),
    ):
        made = command(name, run, text)
        made.add_argument("question", nargs="?", metavar="Q")
        made.add_argument("--k", type=_hits, default=None, help="hits at most (10)")
        made.add_argument("--scope", metavar="ENTRY", help="only this entry and all below it")
        made.add_argument("--search-by", choices=["taxonomy", "fused", "dense", "bm25"])
        made.add_argument("--batch", metavar="IN.jsonl", help='rows {"id", "q"}')
        made.add_argument("--out", metavar="OUT.jsonl", help="where the rows' documents go")
        if name == "ask":
            made.add_argument("--model", metavar="none|local|NAME", help="who writes the answer")

    made = command("index", _index, "bring the index up to date")
    made.add_argument("--source", action="append", metavar="PATH_OR_URL",
                      help="your own notes; may be given several times")  # fmt: skip
    made.add_argument("--corpus", action=argparse.BooleanOptionalAction, default=None,
                      help="hold the built-in corpus too")  # fmt: skip

    made = command("models", _models, "what models there are; fetch or verify them")
    made.add_argument("action", nargs="?", choices=["pull", "verify"])
    made.add_argument("names", nargs="*", metavar="NAME")

    made = command("corpus", _corpus, "check the built-in corpus against its contract")
    made.add_argument("action", choices=["check"])
    made = command("references", _references, "list the references; fetch the pages behind them")
    made.add_argument("action", nargs="?", choices=["fetch"])
    made.add_argument("names", nargs="*", metavar="ID")
    made.add_argument("--allow-private", action="store_true",
                      help="also addresses of this machine and its network")  # fmt: skip
    made = command("questions", _questions, "list the question bank")
    made.add_argument("--entry", metavar="E", help="only this entry and all below it")
    command("doctor", _doctor, "say what is there, what is not, and what to do")
    made = command("backup", _backup, "write a data folder into one file")
    made.add_argument("file")
    made = command("restore", _restore, "put a backup in the place of a data folder")
    made.add_argument("file")
    made = command("ui", _ui, "open the page in a browser")
    made.add_argument("--port", type=int, default=None)
    made.add_argument("--language", choices=["auto", "zh", "en"], default=None)
    return parser
