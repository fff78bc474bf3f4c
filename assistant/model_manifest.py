"""The manifest of models, `models.toml`, read and checked."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Role = Literal["embedder", "chat"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FileSpec(_Value):
    """One file of a model. Size 0 and an empty hash: known only to the hub."""

    name: str
    size: int = 0
    sha256: str = Field("", pattern="^([0-9a-f]{64})?$")


class IndexSource(_Value):
    """Data inside wheels of a package index; part `n`, from 1 to `parts`, is put into the names."""

    kind: Literal["index"]
    package: str
    version: str
    member: str
    parts: int = Field(1, ge=1)
    part_size: int = Field(ge=1)


class HubSource(_Value):
    """A repository of a model hub."""

    kind: Literal["hub"]
    repo: str
    revision: str = "main"


class ModelSpec(_Value):
    """A model of the manifest.

    `converted` says that the file is not used as it is: `e5_convert` makes it into a folder.
    Prefixes stand before a question and a passage; None leaves them to the model's configuration.
    """

    name: str
    role: Role
    licence: str
    title: str
    files: tuple[FileSpec, ...] = Field(min_length=1)
    sources: tuple[IndexSource | HubSource, ...] = Field(min_length=1)
    converted: bool = False
    dimension: int = 0
    query_prefix: str | None = None
    passage_prefix: str | None = None

    @property
    def size(self) -> int:
        """Bytes to fetch, as far as the manifest knows."""
        return sum(file.size for file in self.files)

    @property
    def hub_only(self) -> bool:
        """Whether the package index does not carry it."""
        return all(source.kind == "hub" for source in self.sources)


class _Manifest(_Value):
    model: tuple[ModelSpec, ...]


@lru_cache(maxsize=1)
def builtin_manifest() -> tuple[ModelSpec, ...]:
    """The models in `models.toml`."""
    return read_manifest(Path(__file__).with_name("models.toml"))


def read_manifest(path: Path) -> tuple[ModelSpec, ...]:
    """Read a manifest in TOML."""
    return _Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).model
