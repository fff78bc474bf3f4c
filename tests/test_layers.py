"""Imports go one way, down; and what needs no heavy library doesn't load one."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# DESIGN.md's layout, from the top. A new module must be placed here.
LAYERS: dict[str, list[str]] = {
    "edges": [
        "cli", "cli_output", "commands", "commands_eval", "__main__", "doctor", "backup",
        "commands_links", "commands_learn", "commands_interview", "commands_review", "terminal",
        "corpus_check", "corpus_check_*", "ui", "ui.*",
    ],
    "wiring": ["pipeline", "parts", "chat_models"],
    "services": [
        "answering", "answerability", "interview", "sessions", "marking", "grading", "behind",
        "learner", "memory", "retrieval", "ingestion", "reuse", "reading", "own_notes",
        "note_edits",
    ],
    "adapters": [
        "index", "index_writer", "files", "chroma", "web", "references", "embedding",
        "cross_encoder", "encoder_graph", "e5_*", "llm", "llm_*", "local_model", "llama_process",
        "model_*", "store", "store_*",
        "migrations", "migrations.*",
        "loaders", "loaders.*", "markup", "note_file", "anki_deck", "fit_process",
        "report_files", "report_pdf",
    ],
    "pure": [
        "taxonomy", "lexicon", "chunking", "tokenization", "grounding", "opposition", "scheduling",
        "language", "followup", "prompting", "calibration", "reply", "choosing",
        "mastery", "marks", "report", "bullets", "treemap", "finding", "fitting",
    ],
    "leaf": ["schema", "study", "config", "errors", "words"],
}  # fmt: skip
ORDER = list(LAYERS)
HEAVY = {
    "torch", "sentence_transformers", "transformers", "tokenizers", "sentencepiece", "chromadb",
    "llama_index", "onnx", "onnxruntime", "safetensors", "xllamacpp", "bm25s", "openai",
    "huggingface_hub", "sqlalchemy", "genanki", "reportlab",
}  # fmt: skip
WEB = {"gradio", "uvicorn", "fastapi", "starlette"}
PURE_MAY_USE = {
    "numpy", "pydantic", "pydantic_settings", "platformdirs", "rapidfuzz", "fsrs", "squarify",
    "assistant",
}  # fmt: skip


def modules() -> dict[str, Path]:
    """All modules by their name below `assistant`; a package by its own name."""
    found = {}
    for path in sorted((ROOT / "assistant").rglob("*.py")):
        parts = path.relative_to(ROOT / "assistant").with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


@cache
def imports(name: str) -> frozenset[str]:
    """Full names of what a module imports, lazily or for its types included."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: imports are absolute"
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                below = inner.removeprefix("assistant.")
                is_module = inner.startswith("assistant.") and below in MODULES
                found.add(inner if is_module else source)
    return frozenset(found)


def ours(name: str) -> Iterator[str]:
    """The modules of this package that a module imports."""
    for imported in imports(name):
        if imported.startswith("assistant."):
            yield imported.removeprefix("assistant.")


def layer(name: str) -> str:
    """The layer of a module; fails for one that LAYERS doesn't place."""
    for where, patterns in LAYERS.items():
        for pattern in patterns:
            if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
                return where
    pytest.fail(f"assistant/{name.replace('.', '/')}.py has no layer: place it in LAYERS")


NAMES = [name for name in MODULES if name]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_imports_nothing_from_above(name: str) -> None:
    above = [other for other in ours(name) if ORDER.index(layer(other)) < ORDER.index(layer(name))]
    assert above == []


def test_no_module_imports_itself_by_a_detour() -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for other in ours(name):
            visit(other, (*trail, name))
        done.add(name)

    for name in NAMES:
        visit(name, ())


@pytest.mark.parametrize("name", NAMES)
def test_only_adapters_use_the_heavy_libraries_and_only_the_page_the_web_ones(name: str) -> None:
    used = {imported.split(".")[0] for imported in imports(name)}
    if layer(name) != "adapters":
        assert used.isdisjoint(HEAVY)
    if not name.startswith("ui"):
        assert used.isdisjoint(WEB)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_pure_uses_little_beside_the_standard_library(name: str) -> None:
    used = {imported.split(".")[0] for imported in imports(name)}
    if layer(name) in ("pure", "leaf"):
        assert used - PURE_MAY_USE <= set(sys.stdlib_module_names)


@pytest.mark.parametrize("name", NAMES)
def test_no_module_takes_a_private_name_of_another(name: str) -> None:
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    taken = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("assistant")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert taken == []


@pytest.mark.parametrize("name", NAMES)
def test_the_package_uses_neither_tests_nor_app_and_only_the_edges_use_evals(name: str) -> None:
    used = {i.split(".")[0] for i in imports(name)}
    assert used.isdisjoint({"tests", "app"})
    assert "evals" not in used or layer(name) == "edges"


@pytest.mark.parametrize(
    ("wanted", "unwanted"),
    [
        ("assistant", ["torch", "chromadb", "llama_index", "gradio", "numpy", "pydantic"]),
        (
            "assistant.cli, assistant.pipeline",
            [
                *("torch", "sentence_transformers", "transformers", "llama_index", "gradio"),
                *("chromadb", "evals", "ir_measures", "sqlalchemy", "alembic"),
            ],
        ),
        (
            "assistant.doctor, assistant.backup",
            ["torch", "llama_index", "gradio", "chromadb", "sqlalchemy"],
        ),
    ],
)
def test_importing_these_loads_no_heavy_library(wanted: str, unwanted: list[str]) -> None:
    code = f"import {wanted}, json, sys; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(run.stdout))
    assert loaded.isdisjoint(unwanted)
    assert run.stderr == ""
