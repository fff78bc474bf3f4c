"""The deck for Anki, read back by Anki's own library."""

from __future__ import annotations

import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import fsrs
import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from interview_kit import BANK, DENSE, RESNET, WGAN, bank_of, corpus, question

from assistant.anki_deck import as_html, deck
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.questions import load_questions
from assistant.scheduling import Scheduler
from assistant.schema import Claim, Entry
from assistant.study import Card, Rating

PEKING = timezone(timedelta(hours=8))
REFERENCE = Entry(
    id="references/he2016", path=("骨干网络", "Deep Residual <Learning>"), kind="reference",
    url="https://example.org/a?b=1&c=2",
)  # fmt: skip
BULLET = 'b: $F(x)<y$ & "cost" `a<b`'


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[Collection]:
    made = Collection(str(tmp_path / "collection.anki2"))
    yield made
    made.close()


def take(anki: Collection, data: bytes, scheduling: bool = True) -> object:
    """Import a deck; returns what Anki logged."""
    with tempfile.NamedTemporaryFile(suffix=".apkg") as file:
        Path(file.name).write_bytes(data)
        options = ImportAnkiPackageOptions(with_scheduling=scheduling)
        request = ImportAnkiPackageRequest(package_path=file.name, options=options)
        return anki.import_anki_package(request).log


def notes() -> dict[str, Entry]:
    """The kit's entries, ResNet's with a bullet that has all that is hard."""
    claim = Claim(text=BULLET, start=0, end=9, url=REFERENCE.url)
    made = corpus()
    made[RESNET] = made[RESNET].model_copy(update={"claims": (claim,), "file": "resnet.md"})
    return {**made, REFERENCE.id: REFERENCE}


def seen(question_id: str, *ratings: tuple[float, Rating], now: datetime) -> Card:
    """A card rated so many days before `now`."""
    card = Card(question_id=question_id)
    for ago, rating in ratings:
        card = Scheduler().review(card, rating, now - timedelta(days=ago))
    return card


def by_id(anki: Collection) -> dict[str, object]:
    """Notes by the id of their question."""
    found = [anki.get_note(identity) for identity in anki.find_notes("")]
    return {note["Id"]: note for note in found}


def test_every_question_is_a_note_under_its_place_on_the_map(anki: Collection) -> None:
    take(anki, deck(BANK, notes(), {}, datetime.now(PEKING)))
    found = by_id(anki)
    assert set(found) == set(BANK)
    note = found[f"{RESNET}#1"]
    assert note.tags == ["Zhitu::骨干网络::更深的网络::ResNet"]
    assert (note["Question"], note["Place"]) == ("resnet 1?", "骨干网络 › 更深的网络")
    assert len(note.cards()) == 1
    assert anki.decks.name(note.cards()[0].did) == "知图 Zhitu"
    assert anki.find_notes("tag:Zhitu::骨干网络")
    assert not anki.find_notes("tag:Zhitu::nlp")


def test_the_answer_has_the_points_and_each_bullet_once_with_its_reference(
    anki: Collection,
) -> None:
    take(anki, deck(BANK, notes(), {}, datetime.now(PEKING)))
    note = by_id(anki)[f"{RESNET}#1"]
    answer = note["Answer"]
    assert answer.count("<li>") == 2
    assert answer.count("[1]</li>") == 2
    assert answer.count("<blockquote>") == 1
    assert r"\(F(x)&lt;y\) &amp; " in answer
    assert "<code>a&lt;b</code>" in answer
    assert 'href="https://example.org/a?b=1&amp;c=2"' in answer
    assert ">Deep Residual &lt;Learning&gt;</a>" in answer
    card = note.cards()[0]
    assert "resnet 1?" in card.question()
    assert r"\(F(x)&lt;y\)" in card.answer()
    gone = by_id(anki)[f"{WGAN}#1"]["Answer"]  # its bullet is not in the notes
    assert "<blockquote>" not in gone
    assert "[1]" not in gone


@pytest.mark.parametrize(("text", "expected"), [
    ("$a<b$ 和 $c$", r"\(a&lt;b\) 和 \(c\)"),
    ("$$x^2 & y$$", r"\[x^2 &amp; y\]"),
    (r"\(a\) \[b\]", r"\(a\) \[b\]"),
    ("5 $ 和 6 $", "5 $ 和 6 $"),
    ("**粗** `x*y` <b>", "<b>粗</b> <code>x*y</code> &lt;b&gt;"),
    ("\"引号\" & 'a'", "\"引号\" &amp; 'a'"),
    ("两\n行", "两<br>行"),
    ("{{c1::x}} [sound:x]", "{{c1::x}} [sound:x]"),
])  # fmt: skip
def test_text_becomes_html(text: str, expected: str) -> None:
    assert as_html(text) == expected


@pytest.mark.parametrize("zone", [UTC, PEKING, timezone(timedelta(hours=-7))])
def test_the_schedule_arrives_in_anki(anki: Collection, zone: timezone) -> None:
    now = datetime.now(zone).replace(hour=12)
    cards = {
        one.question_id: one
        for one in (
            seen(f"{RESNET}#1", (0, 4), now=now),
            seen(f"{RESNET}#2", (30, 3), (20, 1), (19, 3), now=now),  # long overdue
            seen(f"{DENSE}#1", (9, 3), (6, 4), now=now),
        )
    }
    take(anki, deck(BANK, notes(), cards, now))
    today = anki.sched.today
    found = by_id(anki)
    for identity, note in found.items():
        (there,) = note.cards()
        ours = cards.get(identity)
        if ours is None:
            assert (there.type, there.queue, there.reps, there.ivl) == (0, 0, 0, 0)
            continue
        assert ours.due is not None
        assert ours.last_review is not None
        days = (ours.due.astimezone(zone).date() - now.date()).days
        assert (there.type, there.queue) == (2, 2)
        assert there.due - today == pytest.approx(days, abs=1)  # Anki's day begins at 4 of its zone
        assert there.ivl == (ours.due - ours.last_review).days
        assert (there.reps, there.lapses) == (ours.reps, ours.lapses)
        memory = there.memory_state
        assert memory.stability == pytest.approx(ours.stability, abs=1e-3)
        assert memory.difficulty == pytest.approx(ours.difficulty, abs=1e-2)
        assert there.desired_retention == pytest.approx(0.9)
        assert there.last_review_time == int(ours.last_review.timestamp())
    overdue = found[f"{RESNET}#2"].cards()[0]
    assert overdue.due < today
    assert overdue.lapses == 1
    assert anki.find_cards("is:new")
    assert len(anki.find_cards("is:due")) == 1


def test_the_curve_of_forgetting_is_the_learners_own(anki: Collection) -> None:
    now = datetime.now(PEKING)
    card = seen(f"{RESNET}#1", (3, 4), now=now)
    own = Scheduler((*fsrs.Scheduler().parameters[:20], 0.5))
    for scheduler, decay in ((None, 0.1542), (own, 0.5)):
        take(anki, deck(BANK, notes(), {card.question_id: card}, now, scheduler))
        there = by_id(anki)[card.question_id].cards()[0]
        assert there.decay == pytest.approx(decay, abs=1e-3)
        anki.remove_notes(anki.find_notes(""))


def test_days_are_exact_where_anki_lives_in_the_same_zone(anki: Collection) -> None:
    now = datetime.now(UTC).replace(hour=12, minute=0)  # tests run in UTC
    if datetime.now().astimezone().utcoffset() != timedelta() or datetime.now(UTC).hour < 4:
        pytest.skip("this machine is not in UTC, or Anki's day has not begun")
    card = seen(f"{RESNET}#1", (0, 4), now=now)
    take(anki, deck(BANK, notes(), {card.question_id: card}, now))
    assert by_id(anki)[card.question_id].cards()[0].due - anki.sched.today == 8


def test_without_progress_all_cards_are_new(anki: Collection) -> None:
    now = datetime.now(UTC)
    card = seen(f"{RESNET}#1", (0, 4), now=now)
    take(anki, deck(BANK, notes(), {card.question_id: card}, now), scheduling=False)
    assert len(anki.find_cards("is:new")) == len(BANK)


def test_a_later_file_renews_the_notes_and_doubles_none(anki: Collection) -> None:
    now = datetime.now(UTC) - timedelta(hours=1)
    card = seen(f"{RESNET}#1", (0, 4), now=now)
    take(anki, deck(BANK, notes(), {}, now))
    first = {identity: note.id for identity, note in by_id(anki).items()}
    renewed = {
        **BANK,
        f"{RESNET}#1": BANK[f"{RESNET}#1"].model_copy(update={"question": "换了说法?"}),
        **bank_of(question(RESNET, 4)),
    }
    log = take(anki, deck(renewed, notes(), {card.question_id: card}, now + timedelta(minutes=30)))
    assert len(log.new) == 1  # type: ignore[attr-defined]
    found = by_id(anki)
    assert {identity: found[identity].id for identity in first} == first
    assert len(found) == len(BANK) + 1
    assert found[f"{RESNET}#1"]["Question"] == "换了说法?"
    take(anki, deck(renewed, notes(), {}, now + timedelta(minutes=30)))
    assert anki.note_count() == anki.card_count() == len(BANK) + 1
    assert len(anki.models.all_names_and_ids()) == len(
        {m.name for m in anki.models.all_names_and_ids()}
    )


def test_the_same_is_the_same_file_and_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    now = datetime(2026, 11, 24, 8, tzinfo=PEKING)
    assert deck(BANK, notes(), {}, now) == deck(BANK, notes(), {}, now)
    assert list(tmp_path.iterdir()) == []


def test_the_whole_bank_makes_a_sound_deck(anki: Collection, tmp_path: Path) -> None:
    bank = {one.id: one for one in load_questions(corpus_folder())}
    entries = {one.id: one for one in load_corpus(corpus_folder()).entries}
    data = deck(bank, entries, {}, datetime.now(UTC))
    take(anki, data)
    found = by_id(anki)
    assert set(found) == set(bank)
    without = [i for i, note in found.items() if "<cite>" not in note["Answer"]]
    assert without == []
    assert all("$" not in note["Question"].replace("\\$", "") for note in found.values())
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        packed.extract("collection.anki2", tmp_path / "packed")
    base = sqlite3.connect(tmp_path / "packed" / "collection.anki2")
    assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    base.close()
