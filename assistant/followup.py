"""Makes a question that leans on the ones before it stand alone. By rules: they can be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language import language_of
from assistant.schema import LinkedEntry, Turn
from assistant.taxonomy import Taxonomy
from assistant.tokenization import is_han, terms

_PLURAL = re.compile(
    r"它们|他们|这两个|这两者|两者|二者|这几个|\b(?:they|them|these|those|both)\b", re.I
)
_PLURAL_OWN = re.compile(r"\btheir\b", re.I)
_SINGLE = re.compile(
    r"(?<!其)它(?!们)|该(?:方法|网络|模型|算法|结构)|这(?:个|种)(?:方法|网络|模型|算法|结构)|"
    r"\b(?:it|this one|that one|this (?:model|network|method|algorithm))\b",
    re.I,
)
_SINGLE_OWN = re.compile(r"\bits\b", re.I)
_FORMER = re.compile(r"前者|the former", re.I)
_LATTER = re.compile(r"后者|the latter", re.I)
_END = "?\uff1f。. "
_AND_WHAT = re.compile(r"呢\s*[?\uff1f。]?\s*$")
_ABOUT = re.compile(r"^\s*(?:那么?|(?:and\s+)?(?:what|how) about\b|and\b)\s*", re.I)
_WHY = re.compile(
    r"^\s*(?:那|那么)?(?:为什么|为何|为啥|怎么会这样|why(?: is that| so)?)\s*(?:呢)?[?\uff1f]?\s*$",
    re.I,
)
_MORE = re.compile(
    r"^\s*(?:那|那么|还有|再|请)?(?:展开|详细|具体|继续|多)?(?:讲讲|说说|说|讲|一点|点|解释)*(?:吗|呢)?[?\uff1f。]?\s*$"
    r"|^\s*(?:go on|tell me more|more|explain more|in more detail)\s*[.?]?\s*$",
    re.I,
)
# What may be asked of any entry. A question made of nothing else means the entry before it.
_ASPECTS = re.compile(
    r"优点|缺点|优势|劣势|不足|特点|创新点?|改进|结构|组成|原理|公式|参数量?|计算量|应用|作用|用途|步骤|流程|区别|"
    r"不同|差别|联系|代价|局限|难点|好处|坏处|问题|版本|"
    r"\b(?:advantages?|disadvantages?|drawbacks?|pros|cons|features?|structure|formula|parameters?|"
    r"cost|steps?|differences?|limits?|limitations?|versions?|uses?)\b",
    re.I,
)
_EMPTY = re.compile(
    r"[\s?!.,\uff1f\uff01\uff0c。的有是吗呢啊]|什么|哪些|那么?|还|主要|又|\b(?:what|are|the|is|and|any|main)\b",
    re.I,
)


def condense(question: str, history: Sequence[Turn], taxonomy: Taxonomy) -> str:
    """The question as it would be asked alone; unchanged where it leans on nothing.

    Args:
        question: As typed.
        history: The turns before, oldest first.
        taxonomy: To see which entries a question names.
    """
    before = next((turn for turn in reversed(history) if turn.entries), None)
    if before is None:
        return question
    known = [taxonomy.by_id[entry].title for entry in before.entries if entry in taxonomy.by_id]
    titles = list(dict.fromkeys(known))  # two sources may hold the same entry
    if not titles:
        return question
    # `disadvantages?` alone shows no language: it goes on in that of the question before
    goes_on = not any(map(is_han, question)) and language_of(before.understood) == "en"
    english = goes_on or language_of(question) == "en"
    told = _with_pronouns(question, titles, english)
    named = taxonomy.link(question).entries
    if told != question:
        if _AND_WHAT.search(told) and named and not english and _is_bare(told, taxonomy):
            return f"比较 {_join([*titles, *_new(named, titles)], english)}"
        return told
    if named and _leans(question) and _is_bare(question, taxonomy):
        return _same_of(before, titles, [link.title for link in named], taxonomy, english)
    if named:
        return question
    if _WHY.match(question) or _MORE.match(question):
        return (
            f"{before.understood.rstrip(_END)},{question.strip()}"
            if not english
            else f"{before.understood.rstrip(_END)} - {question.strip()}"
        )
    if _ASPECTS.search(question) and not _EMPTY.sub("", _ASPECTS.sub("", question)):
        subject = _join(titles, english)
        bare = _ABOUT.sub("", question)
        return f"{subject}: {bare}" if english else f"{subject} 的{bare}"
    return question


def _with_pronouns(question: str, titles: list[str], english: bool) -> str:
    everyone = _join(titles, english)
    told = _FORMER.sub(titles[0], question)
    told = _LATTER.sub(titles[-1], told)
    told = _PLURAL.sub(lambda _: everyone, told)
    told = _PLURAL_OWN.sub(lambda _: f"{everyone}'s", told)
    told = _SINGLE.sub(lambda _: f"{titles[0]} " if not english else titles[0], told, count=1)
    told = _SINGLE_OWN.sub(lambda _: f"{titles[0]}'s", told, count=1)
    return re.sub(r" {2,}", " ", told).strip()


def _join(titles: Sequence[str], english: bool) -> str:
    if len(titles) == 1:
        return titles[0]
    last = " and " if english else " 和 "
    return (", " if english else "、").join(titles[:-1]) + last + titles[-1]


def _new(named: Sequence[LinkedEntry], titles: list[str]) -> list[str]:
    return [link.title for link in named if link.title not in titles]


def _leans(question: str) -> bool:
    return bool(_AND_WHAT.search(question) or _ABOUT.match(question))


def _is_bare(question: str, taxonomy: Taxonomy) -> bool:
    """Whether it says nothing besides the names of entries."""
    rest = question
    for link in sorted(taxonomy.link(question).entries, key=lambda found: -found.start):
        rest = rest[: link.start] + " " + rest[link.end :]
    rest = re.sub(r"那么?|比较?|相比|跟|同|vs", " ", _ABOUT.sub("", rest))
    return not terms(rest)


def _same_of(
    before: Turn, titles: list[str], named: list[str], taxonomy: Taxonomy, english: bool
) -> str:
    """The question before, asked of other entries."""
    if len(titles) > 1:
        verb = "Compare" if english else "比较"
        return f"{verb} {_join(list(dict.fromkeys([*titles, *named])), english)}"
    links = taxonomy.link(before.understood).entries
    if not links:
        return _join(named, english)
    first = links[0]
    new = _join(named, english)
    return before.understood[: first.start] + new + before.understood[first.end :]
