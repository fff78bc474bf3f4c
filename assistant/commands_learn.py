"""The learners' commands: `interview`, `review`, `export`, `import`, `profiles`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from assistant.cli_output import Row, emit
from assistant.config import load_settings
from assistant.errors import UsageError
from assistant.schema import Language
from assistant.study import Aim, Profile, Style
from assistant.terminal import Terminal
from assistant.words import word

if TYPE_CHECKING:
    from assistant.pipeline import Assistant


def clock() -> datetime:
    """The time here: a learner's days begin at their own midnight."""
    return datetime.now().astimezone()


def add_parser(subparsers: Any, common: Callable[[], argparse.ArgumentParser]) -> None:
    """Add the commands to the command line.

    Args:
        subparsers: Where commands are added.
        common: Makes the options that every command has.
    """

    def command(
        under: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(
            name, help=text, description=text, parents=[common()]
        )
        made.set_defaults(run=run)
        return made

    def group(name: str, text: str) -> Any:
        made = subparsers.add_parser(name, help=text, description=text, parents=[common()])
        return made.add_subparsers(required=True, metavar="WHAT")

    def learner(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument("--profile", metavar="NAME", help="who learns; by default the first one")
        return made

    made = learner(command(subparsers, "interview", interview, "stand a mock interview"))
    made.add_argument("--scope", nargs="+", action="extend", default=[], metavar="E",
                      help="only these entries and all below them")  # fmt: skip
    made.add_argument("--aim", choices=get_args(Aim), default="scope",
                      help="from the scope, on weak points, due, or by chance")  # fmt: skip
    made.add_argument("--questions", type=_from(1, 100), default=10, metavar="N")
    made.add_argument("--minutes", type=_from(0, 240), default=0, metavar="M", help="0: no limit")
    made.add_argument("--difficulty", type=_from(0, 3), default=0, metavar="1-3",
                      help="0 follows you")  # fmt: skip
    made.add_argument("--style", choices=get_args(Style), default="friendly",
                      help="strict: no hints")  # fmt: skip
    made.add_argument("--seed", type=int, help="the same one asks the same")
    made.add_argument("--language", choices=get_args(Language), help="of questions and messages")
    made.add_argument("--model", metavar="none|local|NAME", help="who is asked in doubt")
    made.add_argument("--resume", action="store_true", help="go on with the last one")
    made.add_argument("--report", metavar="FILE.md|FILE.pdf", help="write the report too")
    made = learner(command(subparsers, "review", review, "review what is due"))
    made.add_argument("--minutes", type=_from(1, 240), default=5, metavar="M")
    made.add_argument("--language", choices=get_args(Language), help="of the messages")
    instead = made.add_mutually_exclusive_group()
    instead.add_argument("--optimise", action="store_true",
                         help="fit the intervals to your own memory, and end")  # fmt: skip
    instead.add_argument("--default-weights", action="store_true",
                         help="go back to the default intervals, and end")  # fmt: skip
    under = group("export", "write a deck for Anki, or all your progress")
    text = 'the questions as a deck; tick "import any learning progress" in Anki'
    learner(command(under, "anki", export_anki, text)).add_argument("file", metavar="OUT.apkg")
    text = "all that is kept of a learner, for another instance"
    made = learner(command(under, "progress", export_progress, text))
    made.add_argument("file", metavar="OUT.json")
    under = group("import", "take in progress that was exported")
    made = command(under, "progress", import_progress, "add the learner of an export")
    made.add_argument("file", metavar="FILE.json")
    made = command(subparsers, "profiles", profiles, "list the learners; add, rename, delete one")
    made.add_argument("action", nargs="?", choices=["add", "rename", "delete"])
    made.add_argument("names", nargs="*", metavar="NAME")
    made.add_argument("--yes", action="store_true", help="delete without asking again")


def interview(arguments: argparse.Namespace) -> int:
    """`zhitu interview`."""
    from assistant.commands_interview import RESUME, Sitting, check_report, show

    check_report(arguments.report)
    assistant, say = _assistant(arguments), _language(arguments)
    terminal = Terminal(arguments.json)
    try:
        who = _who(assistant, arguments)
        assistant.grader()  # what is missing for it is told before anything is asked
        configured = arguments.model or assistant.settings.model
        own = arguments.model is None and configured in ("auto", "local")  # it answers too slowly
        chat = None if own else assistant.chat_model(configured, wait=True)
        sitting = Sitting(assistant, who.id, say, terminal, clock, chat)
        session = sitting.begin(arguments)
        named = f" --profile {who.name}" if arguments.profile else ""
        try:
            made = sitting.run(session)
        except KeyboardInterrupt:
            sitting.leave(session)
            terminal.say("\n" + word(say, "iv_kept", command=RESUME + named))
            return 1
        if made is None:
            terminal.say("\n" + word(say, "iv_kept", command=RESUME + named))
            if arguments.json:
                emit({"unfinished": session.id})
        else:
            show(made, arguments, say, terminal)
        return 0
    finally:
        assistant.close()


def review(arguments: argparse.Namespace) -> int:
    """`zhitu review`."""
    from assistant import commands_review

    assistant = _assistant(arguments)
    try:
        who = _who(assistant, arguments)
        say = _language(arguments)
        if arguments.optimise or arguments.default_weights:
            return commands_review.refit(assistant, who.id, arguments, say, clock)
        if arguments.json:
            emit(commands_review.document(assistant, who.id, arguments.minutes, clock()))
            return 0
        return commands_review.run(assistant, who.id, arguments, say, Terminal(), clock)
    finally:
        assistant.close()


def export_anki(arguments: argparse.Namespace) -> int:
    """`zhitu export anki`."""
    from assistant.anki_deck import deck

    assistant = _assistant(arguments)
    try:
        cards, scheduler = assistant.learner.memory(_who(assistant, arguments).id)
        data = deck(assistant.bank, assistant.corpus, cards, clock(), scheduler)
    finally:
        assistant.close()
    counts = {"notes": len(assistant.bank), "scheduled": len(cards)}
    return _written(arguments, data, counts)


def export_progress(arguments: argparse.Namespace) -> int:
    """`zhitu export progress`."""
    assistant = _assistant(arguments)
    try:
        kept = assistant.store.export_all(_who(assistant, arguments).id)
    finally:
        assistant.close()
    data = json.dumps(kept, ensure_ascii=False, indent=1).encode()
    return _written(arguments, data, {"reviews": len(kept["reviews"])})


def import_progress(arguments: argparse.Namespace) -> int:
    """`zhitu import progress`."""
    file = Path(arguments.file)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}", "Check its name.") from error
    except ValueError as error:
        raise UsageError(f"{file} is no JSON: {error}", "Choose what Zhitu exported.") from error
    assistant = _assistant(arguments)
    try:
        profile = assistant.store.import_all(data, clock())
        row = _profile_row(assistant, profile)
    finally:
        assistant.close()
    emit(row) if arguments.json else print(f"{profile.name}: {row['reviews']} reviews taken in")
    return 0


def profiles(arguments: argparse.Namespace) -> int:
    """`zhitu profiles`."""
    wanted = {None: 0, "add": 1, "rename": 2, "delete": 1}[arguments.action]
    if len(arguments.names) != wanted:
        raise UsageError(
            f"{wanted} names are needed, and {len(arguments.names)} are given",
            "zhitu profiles [add NAME | rename NAME NEW | delete NAME]",
        )
    assistant = _assistant(arguments)
    store = assistant.store
    try:
        if arguments.action == "add":
            store.create_profile(arguments.names[0], clock())
        elif arguments.action == "rename":
            store.rename_profile(_named(assistant, arguments.names[0]).id, arguments.names[1])
        elif arguments.action == "delete":
            gone = _named(assistant, arguments.names[0])
            if not arguments.yes and not _sure(gone, arguments.json):
                raise UsageError("Nothing was deleted", "Add --yes to delete without asking.")
            store.delete_profile(gone.id)
        rows = [_profile_row(assistant, profile) for profile in store.profiles()]
    finally:
        assistant.close()
    if arguments.json:
        emit({"profiles": rows})
    for row in [] if arguments.json else rows:
        print(f"{row['name']}  ({row['seen']} questions seen, {row['reviews']} reviews)")
    return 0


def _sure(profile: Profile, script: bool) -> bool:
    if script or not sys.stdin.isatty():
        return False
    asked = f"Delete {profile.name} and all that is kept of them? Type the name again: "
    return Terminal().line(asked) == profile.name


def _profile_row(assistant: Assistant, profile: Profile) -> Row:
    store = assistant.store
    return {
        **profile.model_dump(mode="json"),
        "seen": len(store.cards(profile.id)),
        "reviews": len(store.reviews(profile.id)),
    }


def _written(arguments: argparse.Namespace, data: bytes, counts: Row) -> int:
    file = Path(arguments.file)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}", "Name another.") from error
    result = {"file": str(file.absolute()), "bytes": len(data), **counts}
    if arguments.json:
        emit(result)
    else:
        said = ", ".join(f"{count} {name}" for name, count in counts.items())
        print(f"Wrote {result['file']}, {len(data):,} bytes: {said}")
    return 0


def _assistant(arguments: argparse.Namespace) -> Assistant:
    from assistant.pipeline import Assistant

    return Assistant(load_settings(data_dir=arguments.data_dir))


def _language(arguments: argparse.Namespace) -> Language:
    """That of the command, else of the settings, else that of the bank."""
    wanted = arguments.language or load_settings(data_dir=arguments.data_dir).language
    return "en" if wanted == "en" else "zh"


def _who(assistant: Assistant, arguments: argparse.Namespace) -> Profile:
    if arguments.profile is None:
        return assistant.store.default_profile(clock())
    return _named(assistant, arguments.profile)


def _named(assistant: Assistant, name: str) -> Profile:
    found = {profile.name.casefold(): profile for profile in assistant.store.profiles()}
    if name.casefold() not in found:
        known = ", ".join(profile.name for profile in found.values()) or "nobody yet"
        raise UsageError(
            f"Nobody is called {name!r} here; there are: {known}",
            "Add one: zhitu profiles add NAME",
        )
    return found[name.casefold()]


def _from(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not in {least} to {most}")
        return value

    return number
