"""The errors a user can meet. Each says what was found and what to do next."""

from __future__ import annotations


class ZhituError(Exception):
    """What every error of this package derives from.

    Args:
        found: What went wrong, in one sentence without a final stop.
        next_step: The next thing for the reader to do, as a command where there is one.
    """

    def __init__(self, found: str, next_step: str) -> None:
        super().__init__(f"{found}. {next_step}")
        self.found = found
        self.next_step = next_step


class SettingsError(ZhituError):
    """A setting is unknown, or its value is out of range."""


class UsageError(ZhituError):
    """The request itself can't be served: empty question, unknown scope, and the like."""


class SourceError(ZhituError):
    """A source of notes can't be read."""


class DataFolderError(ZhituError):
    """The data folder can't be used: not writable, locked, or out of space."""


class IndexStateError(ZhituError):
    """There is no index yet, or it was made by other settings than those in force."""


class ModelMissingError(ZhituError):
    """A model is not on this machine, and can't be had now."""


class ModelDamagedError(ZhituError):
    """A model's file doesn't have the hash of the manifest."""


class ChatModelError(ZhituError):
    """The chat model or its endpoint failed."""
