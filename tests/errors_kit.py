"""Reads from the code what errors say: every text that a `ZhituError` is made with."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = re.compile(r"assistant/(commands\w*|cli\w*|doctor|__main__)\.py")  # never on the page
ON_PAGE = [f"evals/{name}.py" for name in ("compare", "gold", "own", "retrieval", "rows", "runs")]

# Texts whose first value the code takes from a list of words: a sentence of its own for each.
LISTED = {
    "The index was made with {} {}, and it is {} now": (
        *("embedder", "embedder's revision", "chunker", "chunk length", "lexicon"),
    ),
    "The export holds some {} twice": ("reviews", "attempts", "sessions", "conversations"),
}
# Values that are words of ours: a server's name with a capital, and `none`.
SAID = {
    "{}{} failed: {}": ["The PostgreSQL database {} at {} failed: {}"],
    "Near ones: {}.": ["Near ones: {}.", "Near ones: none."],
}
SAID |= {text: [text.replace("{}", word, 1) for word in words] for text, words in LISTED.items()}

Known = Mapping[str, list[str]]


@cache
def trees() -> dict[str, ast.Module]:
    files = [*sorted((ROOT / "assistant").rglob("*.py")), *(ROOT / name for name in ON_PAGE)]
    names = {path: path.relative_to(ROOT).as_posix() for path in files}
    return {
        name: ast.parse(path.read_text(encoding="utf-8"))
        for path, name in names.items()
        if not COMMANDS.fullmatch(name)
    }


def name_of(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


@cache
def error_classes() -> frozenset[str]:
    found = {"ZhituError"}
    classes = [n for tree in trees().values() for n in ast.walk(tree) if type(n) is ast.ClassDef]
    while new := {c.name for c in classes if found & set(map(name_of, c.bases))} - found:
        found |= new
    return frozenset(found)


def templates(node: ast.expr, known: Known) -> list[str]:
    """All that a text can be, `{}` for each value."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.IfExp():
            return templates(node.body, known) + templates(node.orelse, known)
        case ast.BinOp(op=ast.Add(), right=ast.Constant(value=int())):
            return ["{}"]  # a number that is counted on
        case ast.BinOp(op=ast.Add()):
            sides = (templates(node.left, known), templates(node.right, known))
            return ["".join(both) for both in itertools.product(*sides)]
        case ast.JoinedStr(values=parts):
            every = (templates(part, known) for part in parts)
            return ["".join(one) for one in itertools.product(*every)]
        case ast.FormattedValue(value=value):
            return templates(value, known)
    return ["{}"]


def texts_named(body: list[ast.stmt], known: Known) -> dict[str, list[str]]:
    """Names that hold nothing but words of ours, with all that they can hold."""
    found: dict[str, list[str]] = {}
    for node in itertools.chain.from_iterable(map(ast.walk, body)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).extend(templates(node.value, known))
    return {name: texts for name, texts in found.items() if "{}" not in texts}


@cache
def made() -> dict[str, set[str]]:
    """Every text that an error is made with, and the modules that make it."""
    found: dict[str, set[str]] = {}
    for module, tree in trees().items():
        plain = [node for node in tree.body if isinstance(node, ast.Assign)]
        constants = texts_named(plain, {})
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            own = texts_named(function.body, constants)
            known = {**constants, **own}
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and name_of(call.func) in error_classes():
                    given = [*call.args, *(keyword.value for keyword in call.keywords)]
                    for text in itertools.chain(*(templates(one, known) for one in given)):
                        for sentence in SAID.get(text, [text]):
                            found.setdefault(sentence, set()).add(module)
    return found


def words_in(module: str) -> set[str]:
    """All texts that stand in a module, and the templates of its f-strings."""
    nodes = list(ast.walk(trees()[module]))
    texts = {text for n in nodes if isinstance(n, ast.JoinedStr) for text in templates(n, {})}
    return texts | {n.value for n in nodes if isinstance(n, ast.Constant) and type(n.value) is str}


def of_words(text: str) -> bool:
    return bool(re.search(r"[A-Za-z]", text))


def of_interview() -> set[str]:
    """What an interview that can't begin says: a pair an aim, and one for all others."""
    tables = [
        node.value
        for tree in trees().values()
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and {"_NOTHING", "_NONE_LEFT"}
        & {name.id for name in ast.walk(node) if type(name) is ast.Name}
    ]
    assert len(tables) == 2
    texts = [
        n.value for table in tables if table for n in ast.walk(table) if type(n) is ast.Constant
    ]
    return {text for text in texts if type(text) is str and " " in text}  # an aim is one word


def of_chat_models() -> Iterator[str]:
    """What is said of a model that isn't ready: a next step, or what was found and a next step."""
    (state,) = [
        node
        for node in ast.walk(trees()["assistant/chat_models.py"])
        if isinstance(node, ast.FunctionDef) and node.name == "state"
    ]
    for node in itertools.chain.from_iterable(map(ast.walk, state.body[1:])):  # after its docstring
        if isinstance(node, ast.Constant) and type(node.value) is str and " " in node.value:
            yield from node.value.split(". ")
