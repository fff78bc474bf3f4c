"""The command line. With `--json` standard output is one JSON document; all else goes to stderr.

Exit status: 0 done (a refusal to answer is an answer), 1 failed, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

from assistant import __version__, commands, commands_eval, commands_learn, commands_links
from assistant.config import PageLanguage, SearchName
from assistant.errors import UsageError, ZhituError


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
            "--data-dir", type=Path, metavar="D", help="index and list of sources lie here"
        )
        made.add_argument("--json", action="store_true", help="print one JSON document")
        return made

    parser = argparse.ArgumentParser(
        prog="zhitu",
        description="Ask and map your own deep-learning notes.",
        parents=[common()],
    )
    parser.add_argument("--version", action="version", version=f"zhitu {__version__}")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        made = subparsers.add_parser(name, help=text, description=text, parents=[common()])
        made.set_defaults(run=run)
        return made

    for name, run, text in (
        ("search", commands.search, "find the entries that answer a question"),
        ("ask", commands.ask, "answer a question from the notes, with citations"),
    ):
        made = command(name, run, text)
        made.add_argument("question", nargs="?", metavar="Q")
        made.add_argument("--k", type=_hits, default=None, help="hits at most (10)")
        made.add_argument("--scope", metavar="ENTRY", help="only this entry and all below it")
        made.add_argument("--search-by", choices=get_args(SearchName))
        made.add_argument("--batch", metavar="IN.jsonl", help='rows {"id", "q"}')
        made.add_argument("--out", metavar="OUT.jsonl", help="where the rows' documents go")
        if name == "ask":
            made.add_argument("--model", metavar="none|local|NAME", help="who writes the answer")

    made = command("grade", commands.grade, "mark an answer to a question, point by point")
    made.add_argument("--question", metavar="ID", help="of the bank: zhitu questions")
    made.add_argument("--answer", metavar="TEXT")
    made.add_argument(
        "--batch",
        metavar="IN.jsonl",
        help='rows {"id", "question_id", "answer"}, or {"id", "question", "points", "answer"}',
    )
    made.add_argument("--out", metavar="OUT.jsonl", help="where the rows' documents go")
    made.add_argument("--model", metavar="none|local|NAME", help="who is asked in doubt")

    made = command("index", commands.index, "bring the index up to date")
    made.add_argument("--source", action="append", metavar="PATH_OR_URL",
                      help="your own notes; may be given several times")  # fmt: skip
    made.add_argument("--corpus", action=argparse.BooleanOptionalAction, default=None,
                      help="hold the built-in corpus too")  # fmt: skip

    made = command("models", commands.models, "what models there are; fetch or verify them")
    made.add_argument("action", nargs="?", choices=["pull", "verify"])
    made.add_argument("names", nargs="*", metavar="NAME")

    made = command("corpus", commands.corpus, "check the built-in corpus against its contract")
    made.add_argument("action", choices=["check"])
    made = command(
        "references", commands.references, "list the references; fetch the pages behind them"
    )
    made.add_argument("action", nargs="?", choices=["fetch"])
    made.add_argument("names", nargs="*", metavar="ID")
    made.add_argument("--allow-private", action="store_true",
                      help="also addresses of this machine and its network")  # fmt: skip
    made = command("questions", commands.questions, "list the question bank")
    made.add_argument("--entry", metavar="E", help="only this entry and all below it")
    commands_links.add_parser(subparsers, common)
    commands_eval.add_parser(subparsers, common)
    commands_learn.add_parser(subparsers, common)
    command("doctor", commands.doctor, "say what is there, what is not, and what to do")
    made = command("backup", commands.backup, "write a data folder into one file")
    made.add_argument("file")
    made = command("restore", commands.restore, "put a backup in the place of a data folder")
    made.add_argument("file")
    made = command("ui", commands.ui, "open the page in a browser")
    made.add_argument("--port", type=int, default=None)
    made.add_argument("--language", choices=get_args(PageLanguage), default=None)
    return parser
