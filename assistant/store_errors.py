"""What a database's refusal means, in a person's words. No password and no answer is in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from assistant.errors import StoreError, UsageError, ZhituError, explain_os_error

_CORRECT_URL = "Correct ZHITU_STORE_URL: postgresql://USER:PASSWORD@HOST/DATABASE."


@dataclass(frozen=True)
class Place:
    """Where the progress lies. `name` is how errors call it; the URL may hold a password."""

    url: URL
    file: Path | None  # None: a server
    name: str


def place_of(where: str | Path) -> Place:
    """The place of a file, or of an address: `postgresql://…`, `sqlite:///FILE`.

    Raises:
        StoreError: The address is none that we know.
    """
    if isinstance(where, Path):
        return Place(URL.create("sqlite", database=str(where)), where, str(where))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):  # their words would show the password
        raise StoreError("The address of the progress database is none", _CORRECT_URL) from None
    kind = url.drivername.split("+")[0]
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return place_of(Path(url.database))
    if kind != "postgresql":
        raise StoreError(f"Progress can't be kept in a database of kind {kind}", _CORRECT_URL)
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    name = f"the PostgreSQL database {url.database or ''} at {host}{port}"
    return Place(url.set(drivername="postgresql+psycopg"), None, name)


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """Turn what the database raises into our errors; its own hold addresses and answers."""
    try:
        yield
    except (SQLAlchemyError, OverflowError, OSError) as error:
        raise explain(error, place) from None
    except ValueError as error:  # what was read makes no value of ours; its words may be answers
        raise StoreError(
            f"{place.name} holds a row that can't be read ({type(error).__name__})",
            "Restore a backup (`zhitu restore FILE`), or delete what it belongs to.",
        ) from None


def explain(error: Exception, place: Place) -> ZhituError:
    """Our error for one of the database's."""
    if isinstance(error, IntegrityError):
        return UsageError(
            "That profile is not there any more, or there is one of that name",
            "Reload the page, or choose another.",
        )
    if isinstance(error, NoConnectionFree):
        return StoreError(f"Too many are at work in {place.name}", "Try again in a moment.")
    cause = error.orig if isinstance(error, StatementError) and error.orig else error
    if isinstance(cause, ValueError | OverflowError):
        return UsageError(f"A value can't be kept: {cause}", "Correct it.")
    if place.file is not None:
        return _of_file(cause, place.file)
    return _of_server(error, cause, place)


def damaged(file: Path, reason: str) -> StoreError:
    """The error for a file that is no database, or a broken one."""
    return StoreError(
        f"{file} is damaged ({reason}) and was left as it is",
        "Restore a backup (`zhitu restore FILE`), or move that file elsewhere to begin anew.",
    )


def _of_file(cause: BaseException, file: Path) -> StoreError:
    code = str(getattr(cause, "sqlite_errorname", ""))
    if code.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return damaged(file, str(cause))
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(
            f"{file} is held by another program", "Close that one, then try it again."
        )
    if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError(
            f"{file} can't be written to",
            "Give yourself the right to, or choose another folder with --data-dir.",
        )
    if code.startswith(("SQLITE_FULL", "SQLITE_IOERR")) or isinstance(cause, OSError):
        said = explain_os_error(cause if isinstance(cause, Exception) else OSError(), file.parent)
        return StoreError(said.found, said.next_step)
    return StoreError(f"{file} can't be used: {cause}", "Run `zhitu doctor`.")


def _of_server(error: Exception, cause: BaseException, place: Place) -> StoreError:
    reason = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    for secret in (place.url.password, place.url.query.get("password")):
        if isinstance(secret, str) and secret:
            reason = reason.replace(secret, "***")
    step = "Look into the log of the server."
    if isinstance(error, OperationalError):
        step = "Start it, or correct ZHITU_STORE_URL."
    return StoreError(f"{place.name[0].upper()}{place.name[1:]} failed: {reason}", step)
