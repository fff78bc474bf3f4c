"""How good a ranking of entries is, through the package `ir-measures`.

A ranking holds an entry once, and an entry counts by its own id: one below the right one is not it.

- A question that needs several entries (comparison, multi_hop): each of them is a relevant
  document, so Recall@k is the share of them among the first k.
- Any other question: its entries are alternatives, one will do. They are taken for one relevant
  document, which stands where the first of them stands; so Recall@k is 0 or 1.

| measure | what it is |
|---|---|
| `right` | the first hit is right; where several are needed: all of them are among the first five |
| `hit@1`, `hit@5` | one relevant document at least is among the first (`Success@k`) |
| `recall@k` | share of the relevant documents among the first k |
| `RR` | 1 / rank of the first relevant document, 0 where there is none among the first k |
| `nDCG@k` | binary gains, discount log2(rank + 1), against the best possible order |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import RR, R, Success, nDCG

ALL_NEEDED = frozenset({"comparison", "multi_hop"})
FRONT = 5  # where several entries are needed, they are to stand among the first five
_ALTERNATIVE = "(one of the right ones)"


@dataclass(frozen=True)
class Asked:
    """What one question wants, and what a search found: ids of entries, best first."""

    kind: str
    wanted: Sequence[str]
    found: Sequence[str]

    @property
    def needs_all(self) -> bool:
        """Whether each wanted entry is needed, or any one will do."""
        return self.kind in ALL_NEEDED

    def relevant(self) -> list[str]:
        """The relevant documents."""
        return list(self.wanted) if self.needs_all else [_ALTERNATIVE]

    def documents(self) -> list[str]:
        """What was found, the first alternative under the name of all of them."""
        if self.needs_all:
            return list(self.found)
        first = next((entry for entry in self.found if entry in self.wanted), None)
        return [_ALTERNATIVE if entry == first else entry for entry in self.found]

    def right(self) -> bool:
        """Whether the reader is served: the measure `right`."""
        if self.needs_all:
            return set(self.wanted) <= set(self.found[:FRONT])
        return bool(self.found) and self.found[0] in self.wanted


def measure(asked: Mapping[str, Asked], k: int) -> dict[str, dict[str, float]]:
    """The measures of each question, 0–1; depths beyond `k` are left out.

    Args:
        asked: Questions by id.
        k: How many hits each search was asked for.
    """
    wanted = {
        "hit@1": Success @ 1,
        **({f"hit@{FRONT}": Success @ FRONT} if k >= FRONT else {}),
        f"recall@{k}": R @ k,
        "RR": RR @ k,
        f"nDCG@{k}": nDCG @ k,
    }
    names = {str(measure): name for name, measure in wanted.items()}
    judged = [
        ir_measures.Qrel(identity, document, 1)
        for identity, one in asked.items()
        for document in one.relevant()
    ]
    # scores only carry the order: ties would be broken by name
    run = [
        ir_measures.ScoredDoc(identity, document, -float(rank))
        for identity, one in asked.items()
        for rank, document in enumerate(one.documents(), 1)
    ]
    found: dict[str, dict[str, float]] = {
        identity: {"right": float(one.right()), **dict.fromkeys(wanted, 0.0)}
        for identity, one in asked.items()
    }
    for metric in ir_measures.iter_calc(list(wanted.values()), judged, run):
        found[metric.query_id][names[str(metric.measure)]] = float(metric.value)
    return found
