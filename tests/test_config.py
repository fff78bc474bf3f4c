"""Settings: a wrong one is refused when they are read, by its name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.config import Settings, load_settings
from assistant.errors import SettingsError


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in and no variable of ours; returns where `zhitu.toml` would lie."""
    for name in list(os.environ):
        if name.startswith("ZHITU_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "zhitu.toml"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("chunk_token = 160", ["chunk_token", "zhitu.toml", "chunk_tokens"]),
        ("[retrieval]\ntop_k = 3", ["retrieval", "zhitu.toml"]),
        ("chunk_tokens = 3", ["chunk_tokens", "32", "ZHITU_CHUNK_TOKENS"]),
        ("chunk_tokens = 481", ["chunk_tokens", "480"]),
        ("chunk_tokens = 'many'", ["chunk_tokens", "many"]),
        ("top_k = 0", ["top_k"]),
        ("top_k = 2.5", ["top_k"]),
        ("port = 70000", ["port"]),
        ("chat_timeout = 0", ["chat_timeout"]),
        ("chat_timeout = nan", ["chat_timeout"]),
        ("prompt_tokens = 10", ["prompt_tokens"]),
        ("search = 'magic'", ["search", "taxonomy"]),
        ("language = 'fr'", ["language"]),
        ("embedder = ''", ["embedder"]),
        ("chat_url = 'localhost:8000'", ["chat_url", "http://"]),
        ("store_url = 'mysql://host/d'", ["store_url", "postgresql://", "ZHITU_STORE_URL"]),
        ("chroma_url = 'ftp://host'", ["chroma_url", "http://"]),
        ("data_dir = 5", ["data_dir"]),
        ("top_k = \nport = 2", ["zhitu.toml", "TOML", "line 1"]),
        ("port = 1\nport = 2", ["zhitu.toml", "TOML"]),
    ],
)
def test_a_wrong_line_in_the_file_is_named(file: Path, text: str, names: list[str]) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    for name in names:
        assert name in str(raised.value)
    assert raised.value.next_step


def test_a_file_that_is_no_utf8_is_named(file: Path) -> None:
    file.write_bytes("model = '本地'".encode("gbk"))
    with pytest.raises(SettingsError, match=r"zhitu\.toml is not valid TOML"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZHITU_CHUNK_TOKEN", "160"),
        ("ZHITU_", "x"),
        ("ZHITU_TOP_K", "0"),
        ("ZHITU_TOP_K", "ten"),
        ("ZHITU_PORT", "-1"),
        ("ZHITU_SEARCH", "Taxonomy"),
        ("ZHITU_CHAT_URL", "api.example.org"),
        ("ZHITU_CONFIG", "/nowhere/zhitu.toml"),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        load_settings()


def test_a_wrong_value_from_the_command_line_is_named() -> None:
    with pytest.raises(SettingsError, match="top_k"):
        load_settings(top_k=1000)


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("top_k = 3\nport = 3\nchunk_tokens = 33\n", encoding="utf-8")
    monkeypatch.setenv("ZHITU_TOP_K", "4")
    monkeypatch.setenv("ZHITU_PORT", "4")
    settings = load_settings(top_k=5, data_dir=None)
    assert (settings.top_k, settings.port, settings.chunk_tokens) == (5, 4, 33)


def test_another_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "other.toml"
    other.write_text("top_k = 7", encoding="utf-8")
    monkeypatch.setenv("ZHITU_CONFIG", str(other))
    assert load_settings().top_k == 7


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHITU_TOP_K", "")
    assert load_settings().top_k == 10


def test_folders_are_absolute_and_addresses_end_without_a_slash(tmp_path: Path) -> None:
    settings = load_settings(data_dir="data", models_dir="~/m", chat_url="http://h:1/v1/")
    assert settings.data_dir == tmp_path / "data"
    assert settings.models_dir == Path.home() / "m"
    assert settings.chat_url == "http://h:1/v1"


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().top_k = 3  # type: ignore[misc]


def test_the_page_listens_on_loopback_and_asks_no_endpoint_by_default() -> None:
    settings = load_settings()
    assert (settings.host, settings.chat_url, settings.chroma_url) == ("127.0.0.1", "", "")


def test_secrets_are_shown_nowhere(file: Path) -> None:
    settings = load_settings(chat_api_key="sk-secret", password="sk-secret")
    assert "sk-secret" not in f"{settings!r}{settings.model_dump_json()}"
    file.write_text("chat_api_kye = 'sk-secret'", encoding="utf-8")
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert "sk-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"data_dir": "elsewhere"}, True),
        ({"port": 1}, True),
        ({"chat_url": "http://h", "chat_api_key": "k"}, True),
        ({"top_k": 3}, False),
        ({"search": "bm25"}, False),
        ({"chunk_tokens": 64}, False),
        ({"model": "none"}, False),
    ],
)
def test_the_fingerprint_changes_with_what_changes_a_result(
    change: dict[str, Any], same: bool
) -> None:
    assert (load_settings().fingerprint() == load_settings(**change).fingerprint()) is same


def test_every_setting_has_a_variable_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"data_dir": "/d", "hub_url": "https://h", "model": "m", "host": "::1", "top_k": "9"}
    for name, value in values.items():
        assert name in Settings.model_fields
        monkeypatch.setenv(f"ZHITU_{name.upper()}", value)
    settings = load_settings()
    assert settings.model_dump(mode="json", include=set(values)) == {**values, "top_k": 9}
