"""All settings, in one frozen object: from `zhitu.toml`, then `ZHITU_*`, then the command line."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import SettingsError

_PREFIX = "ZHITU_"
PROGRESS = "progress.sqlite3"  # of the learners, in the data folder

SearchName = Literal["taxonomy", "fused", "dense", "bm25"]
PageLanguage = Literal["auto", "zh", "en"]


class Settings(BaseSettings):
    """Where things lie and how they are made. Frozen; a change is a new object."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # it may be a secret
    )

    data_dir: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("zhitu")))
    models_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("zhitu")) / "models"
    )
    hub_url: str = ""  # a model hub or its mirror; empty: models come from the package index
    store_url: SecretStr = SecretStr("")  # postgresql://…; empty: a SQLite file in data_dir
    chroma_url: str = ""  # http(s)://host:port of a Chroma server; empty: embedded, on disk

    embedder: str = Field(default="multilingual-e5-small", min_length=1)
    chunk_tokens: int = Field(default=160, ge=32, le=480)  # the longest chunk, embedder's tokens

    model: str = "auto"  # auto | none | local | the name of a model at chat_url
    chat_url: str = ""  # base URL of an OpenAI-compatible endpoint, with its /v1
    chat_api_key: SecretStr = SecretStr("")
    chat_timeout: float = Field(default=60.0, gt=0, le=3600)  # seconds to the next piece of text
    prompt_tokens: int = Field(default=420, ge=200, le=32_000)  # prompt budget of the local model

    search: SearchName = "taxonomy"
    top_k: int = Field(default=10, ge=1, le=100)

    host: str = "127.0.0.1"
    port: int = Field(default=7860, ge=0, le=65_535)
    password: SecretStr = SecretStr("")  # empty: the page asks for none
    language: PageLanguage = "auto"  # of the page

    @field_validator("data_dir", "models_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("hub_url", "chroma_url", "chat_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} is no http:// or https:// address")
        return value.rstrip("/")

    @field_validator("store_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("it is no postgresql:// address")  # which may hold a password
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The command line wins over the environment, the environment over the file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=_config_file())
        return (init_settings, env_settings, toml)

    def relevant(self) -> dict[str, Any]:
        """What changes a result; addresses, folders and secrets are left out."""
        return self.model_dump(
            mode="json",
            include={"embedder", "chunk_tokens", "model", "search", "top_k", "prompt_tokens"},
        )

    def fingerprint(self) -> str:
        """Short hash of what changes a result."""
        relevant = json.dumps(self.relevant(), sort_keys=True)
        return hashlib.sha256(relevant.encode()).hexdigest()[:12]


_SECRETS = {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr}


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; `overrides` that are None count as not given.

    Raises:
        SettingsError: An unknown key, a value out of range, or a file that isn't TOML.
    """
    _refuse_unknown_environment()
    if os.environ.get(f"{_PREFIX}CONFIG") and not _config_file().is_file():
        raise SettingsError(
            f"{_config_file()} does not exist or is no file",
            f"Correct {_PREFIX}CONFIG, or unset it to use zhitu.toml of the current folder.",
        )
    given = {key: value for key, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "settings"
        if first["type"] == "extra_forbidden":  # its value may be a secret under a misspelt name
            raise SettingsError(
                f"Unknown setting `{place}` in {_config_file()}",
                f"Known: {', '.join(sorted(Settings.model_fields))}.",
            ) from error
        secret = place in _SECRETS
        raise SettingsError(
            f"Setting `{place}`: {first['msg']}" + ("" if secret else f" (got {first['input']!r})"),
            f"Correct it in {_config_file()} or in the environment variable "
            f"{_PREFIX}{place.upper()}.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{_config_file()} is not valid TOML: {error}", "Correct that line and try again."
        ) from error


def _config_file() -> Path:
    return Path(os.environ.get(f"{_PREFIX}CONFIG") or "zhitu.toml")


def _refuse_unknown_environment() -> None:
    known = {f"{_PREFIX}{name.upper()}" for name in Settings.model_fields} | {f"{_PREFIX}CONFIG"}
    for name in sorted(os.environ):
        if name.startswith(_PREFIX) and name not in known:
            raise SettingsError(
                f"Unknown setting {name} in the environment",
                f"Known: {', '.join(sorted(known))}.",
            )
