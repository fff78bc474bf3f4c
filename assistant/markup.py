"""Markdown → HTML that may go into a page as it is: no markup of a note gets through.

Formulas, code and `[@reference]` marks are taken out before Markdown sees the text and put back
into what it renders, so that a `_` or `|` in a formula is never emphasis or a cell.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

# What the page's own scripts take for a formula, and before it what is none: code, escapes.
_KEPT = re.compile(
    r"(?P<fence>^[ \t]*(?P<marks>`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^[ \t]*(?P=marks)|\Z))"
    r"|(?P<code>(?P<ticks>`+)[^`\n]+(?P=ticks))|(?P<escaped>\\[\\$`])"
    r"|\$\$(?P<block>[\s\S]+?)\$\$|\\\[(?P<bracket>[\s\S]+?)\\\]|\\\((?P<paren>.+?)\\\)"
    r"|\$(?!\s)(?P<dollar>[^$\n]+?)(?<!\s)\$(?!\d)"
    r"|(?:[ \t]*\[(?:@[\w:.-]+[;,\uff1b\uff0c\s]*)+\])+",
    re.MULTILINE,
)
_ID = re.compile(r"@([\w:.-]+)")
_PLACE = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = re.compile("[\ue000\ue001]")
_CODE = re.compile(r"`([^`\n]+)`")
_WIDE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u2018-\u201d\u2026]")
_ANCHOR = re.compile(r"\s*\{#[\w-]+\}\s*$")
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Head:
    """A heading inside a part: the id of its element, and its words as HTML."""

    id: str
    html: str


@dataclass(frozen=True)
class Part:
    """What stands under one heading of the second level; `title` is text, the rest HTML."""

    title: str
    html: str
    heads: tuple[Head, ...] = ()


class Markup:
    """Renders the texts of one document, and numbers its references as they come.

    Args:
        known: Ids that a mark may name; another one is shown as it is written.
    """

    def __init__(self, known: Container[str] = ()) -> None:
        self.numbers: dict[str, int] = {}  # reference → its number, from 1
        self._known = known
        self._kept: list[str] = []  # HTML for the places in the text
        self._heads = 0

    def parts(self, text: str) -> list[Part]:
        """Cut Markdown at its `##` headings; what stands before the first has no title."""
        tokens = self._parse(text)
        cuts = [i for i, t in enumerate(tokens) if t.type == "heading_open" and t.tag == "h2"]
        bounds = [0, *cuts, len(tokens)]
        found = []
        for begin, end in pairwise(bounds):
            inside, title = tokens[begin:end], ""
            if inside and begin in cuts:
                title = _ANCHOR.sub("", inside[1].content)
                inside = inside[3:]
            if inside or title:
                heads = self._number_heads(inside)
                found.append(Part(title, self._render(inside), heads))
        return found

    def block(self, text: str, shift: int = 0) -> str:
        """Render Markdown; its headings go `shift` levels down, and lose their `{#anchor}`."""
        tokens = self._parse(text)
        for i, token in enumerate(tokens):
            if token.type in ("heading_open", "heading_close"):
                token.tag = f"h{min(6, int(token.tag[1]) + shift)}"
            if token.type == "heading_open" and (words := tokens[i + 1].children):
                words[-1].content = _ANCHOR.sub("", words[-1].content)
        return self._render(tokens)

    def inline(self, text: str) -> str:
        """Render one line of Markdown."""
        tokens = _MARKDOWN.parseInline(self._keep(text), {})
        return self._render(tokens)

    def words(self, text: str) -> str:
        """Render a line that is no Markdown: formulas, `code` and marks only."""
        escaped = escapeHtml(self._keep(text))
        return self._put_back(_CODE.sub(r"<code>\1</code>", escaped))

    def marks(self, references: Sequence[str]) -> str:
        """The numbers of some references, as buttons."""
        return self._marks(" ".join(f"@{reference}" for reference in references))

    def _parse(self, text: str) -> list[Token]:
        return _MARKDOWN.parse(self._keep(text))

    def _keep(self, text: str) -> str:
        return _KEPT.sub(self._take, _PRIVATE.sub("", text))

    def _take(self, match: re.Match[str]) -> str:
        if match["fence"] or match["code"] or match["escaped"]:
            return match[0]
        display = match["block"] or match["bracket"]
        tex = display or match["paren"] or match["dollar"]
        if tex is None:
            html = self._marks(match[0])
        else:
            kind = "zt-tex zt-tex-display" if display else "zt-tex"
            html = f'<span class="{kind}">{escapeHtml(tex.strip())}</span>'
        self._kept.append(html)
        return f"\ue000{len(self._kept) - 1}\ue001"

    def _marks(self, cited: str) -> str:
        shown: list[tuple[int, str]] = []
        for reference in dict.fromkeys(_ID.findall(cited)):
            name = escapeHtml(reference)
            if reference in self._known:
                number = self.numbers.setdefault(reference, len(self.numbers) + 1)
                opens = f'<button type="button" class="zt-cited" data-ref="{name}">'
                shown.append((number, f"{opens}{number}</button>"))
            else:
                shown.append((0, f'<span class="zt-ref">[@{name}]</span>'))
        html = "".join(mark for _, mark in sorted(shown))
        return f'<sup class="zt-marks">{html}</sup>' if shown else ""

    def _number_heads(self, tokens: Sequence[Token]) -> tuple[Head, ...]:
        heads = []
        for i, token in enumerate(tokens):
            if token.type != "heading_open":
                continue
            self._heads += 1
            token.attrSet("id", f"zt-head-{self._heads}")
            token.attrSet("tabindex", "-1")
            heads.append(Head(f"zt-head-{self._heads}", self._render([tokens[i + 1]])))
        return tuple(heads)

    def _render(self, tokens: Sequence[Token]) -> str:
        html = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {"put_back": self._put_back})
        return str(html).strip()

    def _put_back(self, html: str) -> str:
        kept = dict(enumerate(self._kept))  # an entity may write a place that isn't ours
        return _PLACE.sub(lambda match: kept.get(int(match[1]), ""), html)


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # see _disarm
    markdown.core.ruler.push("disarm", _disarm)
    rules = {"text": _text, "softbreak": _softbreak, "image": _image}
    rules |= {"table_open": _table_open, "table_close": _table_close}
    for name, rule in rules.items():
        markdown.add_render_rule(name, rule)
    return markdown


def _disarm(state: Any) -> None:
    """A link leads to another site, in a page of its own, or is plain words."""
    for token in state.tokens:
        opened: list[bool] = []
        for child in token.children or ():
            if child.type == "link_open":
                web = str(child.attrGet("href") or "").lower().startswith(_WEB)
                opened.append(web)
                href = child.attrGet("href")
                child.attrs = (
                    {"href": href, "target": "_blank", "rel": "noopener noreferrer"} if web else {}
                )
                child.tag = "a" if web else "span"
            elif child.type == "link_close":
                child.tag = "a" if opened.pop() else "span"


# Render rules: a function of the renderer, the tokens, the place of one, the options and `env`.


def _text(self: RendererHTML, tokens: Any, i: int, options: Any, env: Any) -> str:
    return str(env["put_back"](escapeHtml(tokens[i].content)))


def _softbreak(self: RendererHTML, tokens: Any, i: int, options: Any, env: Any) -> str:
    """A line end is a blank, but not where Chinese stands before or after it."""
    before = tokens[i - 1].content[-1:] if i else ""
    after = tokens[i + 1].content[:1] if i + 1 < len(tokens) else ""
    return "" if _WIDE.match(before) or _WIDE.match(after) else "\n"


def _image(self: RendererHTML, tokens: Any, i: int, options: Any, env: Any) -> str:
    """A picture is its description: a note may lead to any address, the page asks for none."""
    return str(env["put_back"](escapeHtml(tokens[i].content)))


def _table_open(self: RendererHTML, tokens: Any, i: int, options: Any, env: Any) -> str:
    return '<div class="zt-table"><table>\n'


def _table_close(self: RendererHTML, tokens: Any, i: int, options: Any, env: Any) -> str:
    return "</table></div>\n"


_MARKDOWN = _markdown()
