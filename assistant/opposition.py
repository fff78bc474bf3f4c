"""Whether two clauses that speak of the same thing say the opposite of each other.

By rules on the words: a denial, a pair of opposites, a swapped order. Vectors see none of these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.taxonomy import Taxonomy
from assistant.tokenization import Token, fold, is_han, tokens

# 不 and 没 negate what follows; these words hold the character without denying anything
_NEGATION = re.compile(
    r"(?:不(?!等|仅|同|断|但|管|论|过|足|变|妨|如|稳定|平稳)|没有?|无法|无需|无(?=性能|需|法|关)|未|并非|"
    r"非(?=对称|凸|平稳|线性)|不再|"
    r"\b(?:not|no|never|cannot|without)\b|n't|\b(?:non-?|a(?=symmetric)|un(?=stable|bounded)))"
)
_DENIED = re.compile(rf"{_NEGATION.pattern}|(?<!多)少|几乎")
CLAUSE = re.compile(r"[\n。;,\uff1b\uff0c]|\bbut\b|而(?!且)|但是?")
_SHARE = 0.4  # of a clause's terms that the other has too, where both speak of the same thing
CLAUSE_TERMS = 2  # the same as a number, at least
_OPPOSITES = [
    pair.split("/")
    for pair in (
        "增大/减小 增加/减少 增加/降低 提高/降低 提升/下降 提升/降低 升高/降低 变大/变小 "
        "更大/更小 较大/较小 最大/最小 更多/更少 更快/更慢 变快/变慢 加快/减慢 加速/减速 "
        "放大/缩小 浅层/深层 低层/高层 输入/输出 编码/解码 优点/缺点 升维/降维 上采样/下采样 "
        "离线/在线 前期/后期 初期/后期 强化/弱化 放大/约束 上界/下界 局部/全局 "
        "increase/decrease larger/smaller more/fewer more/less faster/slower higher/lower "
        "upper/lower input/output maximum/minimum maximize/minimize shallow/deep "
        "encoder/decoder local/global "
    ).split()
]  # fmt: skip
# how a clause ends: `参数更少`, `效果很好`, `效果不好`
_DEGREE = re.compile(
    r"(不(?:太|够|是很|算)?)?(?:更|较|很|最|越|太|偏|比较|非常|十分)*([多少大小高低快慢好差坏强弱长短深浅])"
    r"(?:的|了|些|一些|得多)?$"
)
_AXES = [("多", "少"), ("大", "小"), ("高", "低"), ("快", "慢"), ("好", "差坏"), ("强", "弱"),
         ("长", "短"), ("深", "浅")]  # fmt: skip
# `A 代替 B`: what stands before and after can't be swapped
_ORDERED = re.compile(
    r"代替|取代|替换|替代|优于|劣于|快于|慢于|大于|小于|多于|少于|属于|转化为|分解为|\breplaces?\b"
)
_REACH = 14  # characters on either side of such a verb


def opposed(sentence: str, text: str, title: str) -> bool:
    """Whether a clause of `sentence` denies what the nearest clause of `text` says, or opposes it.

    Args:
        sentence: Plain, without markers.
        text: The words of a passage.
        title: What the passage is about.
    """
    theirs = [clause for clause in CLAUSE.split(text) if clause.strip()] or [text]
    subject = {token.term for token in tokens(title)}
    for clause in CLAUSE.split(sentence):
        said = {token.term for token in single_terms(clause)}
        if len(said) < CLAUSE_TERMS:
            continue
        close = nearest(clause, theirs)
        words = {token.term for token in tokens(close)}
        shared = said & (words | subject)
        if not said & words or len(shared) < max(CLAUSE_TERMS, _SHARE * len(said)):
            continue
        one, other = fold(clause).strip(), fold(close).strip()
        if (
            _denies(one, other)
            or _denies(other, one)
            or _other_degree(one, other, fold(title))
            or _swapped(one, other)
            or any(
                (a in one and b not in one and b in other and a not in other)
                or (b in one and a not in one and a in other and b not in other)
                for a, b in _OPPOSITES
            )
        ):
            return True
    return False


def _denies(one: str, other: str) -> bool:
    """Whether `one` denies a word that `other` holds without denying it."""
    for match in _NEGATION.finditer(one):
        rest = one[match.end() :].lstrip()
        word = re.match(r"[a-z]{3,}|[\u4e00-\u9fff]{2}", rest)
        if not word or word[0] not in other:
            continue
        asserted = [m.start() for m in re.finditer(re.escape(word[0]), other)]
        if all(not _DENIED.search(other[max(0, at - 6) : at + 8]) for at in asserted):
            return True
    return False


def denies_something(text: str) -> bool:
    """Whether a negation stands anywhere in `text`."""
    return bool(_NEGATION.search(fold(text)))


def denies_alone(sentence: str, claim: str) -> bool:
    """Whether the sentence denies something and the claim nothing, or the clause it is nearest to.

    Too coarse to say that they oppose each other, but words alone don't make them agree either.
    """
    if denies_something(sentence):
        return not denies_something(claim)
    clauses = [clause for clause in CLAUSE.split(claim) if clause.strip()] or [claim]
    return denies_something(nearest(sentence, clauses))


def _other_degree(one: str, other: str, title: str) -> bool:
    """Whether both end in a degree of the same kind, and in the opposite one."""
    mine, theirs = _degree(one, title), _degree(other, title)
    return bool(mine and theirs and mine[0] == theirs[0] and mine[1] != theirs[1])


def _degree(clause: str, title: str) -> tuple[int, bool] | None:
    """Which axis, and whether its upper end is meant of the clause's subject."""
    match = _DEGREE.search(clause.rstrip("。.!\uff01 "))
    if not match:
        return None
    for axis, (high, low) in enumerate(_AXES):
        if match[2] in high + low:
            upper = (match[2] in high) != bool(match[1])
            before, than, after = clause.partition("比")
            if than and title not in before and title in after:
                upper = not upper  # `LSTM 的参数比 GRU 多`, under the title GRU
            return axis, upper
    return None


def _swapped(one: str, other: str) -> bool:
    """Whether what stands before and after the same one-way verb is exchanged."""
    for match in _ORDERED.finditer(one):
        for twin in re.finditer(re.escape(match[0]), other):
            # what both sides share (卷积核 in `小卷积核代替大卷积核`) tells them not apart
            left, right = _apart(*_sides(one, match))
            their_left, their_right = _apart(*_sides(other, twin))
            if left & their_right and right & their_left and not right & their_right:
                return True
    return False


def _apart(left: set[str], right: set[str]) -> tuple[set[str], set[str]]:
    return left - right, right - left


def _sides(clause: str, verb: re.Match[str]) -> tuple[set[str], set[str]]:
    before = clause[max(0, verb.start() - _REACH) : verb.start()]
    after = clause[verb.end() : verb.end() + _REACH]
    return {t.term for t in tokens(before)}, {t.term for t in tokens(after)}


def nearest(text: str, pieces: Sequence[str], taxonomy: Taxonomy | None = None) -> str:
    """The piece that shares most terms with `text`; with a taxonomy, in the other language too."""
    wanted = {token.term for token in tokens(text)}
    if taxonomy:
        wanted |= {t.term for name in taxonomy.other_names(text) for t in tokens(name)}
    return max(pieces, key=lambda piece: sum(t.term in wanted for t in tokens(piece)))


def single_terms(text: str) -> list[Token]:
    """Terms without the joined pairs of Latin words, which would count them twice."""
    found = tokens(text)
    return [
        token
        for token in found
        if is_han(token.term[0])
        or not any(t is not token and t.start >= token.start and t.end <= token.end for t in found)
    ]
