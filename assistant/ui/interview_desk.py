"""What the Interview tab does on the server; all that lasts is in the store, and nothing here."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from assistant.mastery import below, entry_of
from assistant.report import Report, report, sitting
from assistant.schema import ChatModel, PointVerdict
from assistant.study import Aim, Outcome, Plan, Session, Style
from assistant.ui.desk import Desk
from assistant.ui.interview_views import mark_view, question_view, summary
from assistant.ui.outline import outline_of
from assistant.ui.people import Asker, People

if TYPE_CHECKING:
    from assistant.marking import Marked

_RECENT = 8  # interviews on the start page


class Start(Asker):
    """What an interview is to be."""

    aim: Aim = "scope"
    scope: tuple[str, ...] = Field(default=(), max_length=20)
    questions: int = Field(default=10, ge=1, le=50)
    minutes: int = Field(default=0, ge=0, le=240)
    difficulty: int = Field(default=0, ge=0, le=3)
    style: Style = "friendly"
    language: Literal["zh", "en"] = "zh"
    beside: bool = False  # an interview left in the middle waits, and isn't ended
    seed: int = Field(ge=0, le=2**53)  # of the page, so that no two interviews are alike


class In(Asker):
    """An interview."""

    session: str = Field(max_length=80)


class Given(In):
    """An answer. `attempt` is new for every answer, and the same when it is sent again."""

    attempt: str = Field(min_length=8, max_length=80)
    question: str = Field(max_length=400)
    text: str = Field(default="", max_length=100_000)
    outcome: Outcome = "answered"
    seconds: float = Field(default=0, ge=0, le=1e6)


class GivenOn(Asker):
    """An answer to the follow-up of another."""

    parent: str = Field(max_length=80)
    attempt: str = Field(min_length=8, max_length=80)
    text: str = Field(max_length=100_000)
    seconds: float = Field(default=0, ge=0, le=1e6)


class One(Asker):
    """An answer that was given."""

    attempt: str = Field(max_length=80)


class Disputed(One):
    """The learner's own verdict on a point."""

    point: int = Field(ge=0, le=100)
    verdict: PointVerdict


class Wanted(In):
    """A report as a file."""

    format: Literal["markdown", "pdf"]


class InterviewDesk:
    """The interviews behind all browser tabs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = People(desk)

    @cached_property
    def _nodes(self) -> list[dict[str, Any]]:
        """The places of the map that have questions, for the scope selector."""
        assistant = self._desk.assistant()
        asked = {entry_of(identity) for identity in assistant.bank}
        nodes = outline_of(list(assistant.corpus.values())).nodes
        return [
            node.model_dump(mode="json")
            for node in nodes
            if any(below(entry, [node.id]) for entry in asked)
        ]

    def state(self, given: Any) -> dict[str, Any]:
        """What the start page shows."""
        asker = Asker.model_validate(given)
        assistant, who = self._desk.assistant(), self._people.who(asker)
        store, now = assistant.store, self._people.now(asker)
        left = self._left(who)
        mastery = assistant.learner.mastery(who, now).values()
        ended = [one for one in store.sessions(who) if one.ended is not None][:_RECENT]
        recent = [sitting(one, store.attempts(who, one.id)) for one in ended]
        return {
            "nodes": self._nodes,
            "unfinished": summary(left[0], store.attempts(who, left[0].id)) if left else None,
            "due": sum(one.due for one in mastery),
            "weak": sum(one.level in ("weak", "shaky") for one in mastery),
            "recent": [
                one.model_dump(mode="json") for one in recent if one.score is not None
            ],
        }  # fmt: skip

    def start(self, given: Any) -> dict[str, Any]:
        """Begin an interview; what was left in the middle is ended as it stands, or waits."""
        asked = Start.model_validate(given)
        who, now = self._people.who(asked), self._people.now(asked)
        interview = self._desk.assistant().interview
        plan = Plan(
            aim=asked.aim, scope=self._scope(asked), questions=asked.questions,
            minutes=asked.minutes, difficulty=asked.difficulty, style=asked.style,
            language=asked.language, seed=asked.seed,
        )  # fmt: skip
        left = self._left(who)
        session = interview.start(who, plan, now)
        for other in left:
            (interview.pause if asked.beside else interview.finish)(who, other.id, now)
        return self._opened(who, session.id, asked)

    def opened(self, given: Any) -> dict[str, Any]:
        """The question that is open; the next one is chosen where the last was answered."""
        asked = In.model_validate(given)
        return self._opened(self._people.who(asked), asked.session, asked)

    def hint(self, given: Any) -> dict[str, Any]:
        """One more hint."""
        asked = In.model_validate(given)
        who = self._people.who(asked)
        self._desk.assistant().interview.hint(who, asked.session, self._people.now(asked))
        return self._opened(who, asked.session, asked)

    def answer(self, given: Any) -> dict[str, Any]:
        """Keep an answer and mark it."""
        asked = Given.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        marked = interview.answer(
            who, asked.session, asked.attempt, asked.text, asked.outcome, asked.seconds,
            self._people.now(asked), self._chat(), asked.question,
        )  # fmt: skip
        return self._shown(marked)

    def follow_up(self, given: Any) -> dict[str, Any]:
        """Keep and mark the answer to a follow-up; returns the whole marking of its question."""
        asked = GivenOn.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        now = self._people.now(asked)
        followed = interview.follow_up(
            who, asked.parent, asked.attempt, asked.text, asked.seconds, now, self._chat()
        )
        return self._shown(interview.marked(who, asked.parent), followed)

    def marked(self, given: Any) -> dict[str, Any]:
        """The marking of an answer given earlier, with that of its follow-up."""
        asked = One.model_validate(given)
        return self._whole(self._people.who(asked), asked.attempt)

    def overrule(self, given: Any) -> dict[str, Any]:
        """Keep the learner's own verdict; the grader's own again takes it back."""
        asked = Disputed.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        after = interview.overrule(who, asked.attempt, asked.point, asked.verdict)
        return self._whole(who, self._parent(after) or asked.attempt)

    def pause(self, given: Any) -> dict[str, Any]:
        """Stop the clock."""
        asked = In.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        interview.pause(who, asked.session, self._people.now(asked))
        return self._opened(who, asked.session, asked)

    def resume(self, given: Any) -> dict[str, Any]:
        """Let the clock run on."""
        asked = In.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        interview.resume(who, asked.session, self._people.now(asked))
        return self._opened(who, asked.session, asked)

    def finish(self, given: Any) -> dict[str, Any]:
        """End an interview, and report on it."""
        asked = In.model_validate(given)
        who, interview = self._people.who(asked), self._desk.assistant().interview
        interview.finish(who, asked.session, self._people.now(asked))
        return self.report(given)

    def report(self, given: Any) -> dict[str, Any]:
        """What an interview came to."""
        asked = In.model_validate(given)
        return {
            "report": self._report(self._people.who(asked), asked.session).model_dump(mode="json")
        }

    def file(self, given: Any) -> dict[str, Any]:
        """The report as a file; `data` is base64."""
        from assistant.report_files import markdown, pdf

        asked = Wanted.model_validate(given)
        made = self._report(self._people.who(asked), asked.session)
        name = f"zhitu-interview-{made.started:%Y-%m-%d}"
        if asked.format == "markdown":
            return as_file(f"{name}.md", "text/markdown", markdown(made).encode())
        return as_file(f"{name}.pdf", "application/pdf", pdf(made))

    def _scope(self, asked: Start) -> tuple[str, ...]:
        """The places to ask about. A quiz takes what has questions, or the nearest above it."""

        def has(place: str) -> bool:
            return any(below(entry_of(one), [place]) for one in self._desk.assistant().bank)

        if not asked.beside:
            return asked.scope
        if found := tuple(place for place in asked.scope if has(place)):
            return found
        for place in asked.scope:
            while "/" in place:
                place = place.rpartition("/")[0]
                if has(place):
                    return (place,)
        return asked.scope

    def _left(self, who: str) -> list[Session]:
        """Interviews that were left in the middle, newest first."""
        return [one for one in self._desk.assistant().store.sessions(who) if one.ended is None]

    def _opened(self, who: str, session_id: str, asker: Asker) -> dict[str, Any]:
        assistant = self._desk.assistant()
        opened = assistant.interview.open(who, session_id, self._people.now(asker))
        question = None if opened is None else question_view(opened, assistant.corpus)
        return {"session": session_id, "question": question}  # no question: it is over

    def _whole(self, who: str, attempt_id: str) -> dict[str, Any]:
        """A marking with that of its follow-up."""
        assistant = self._desk.assistant()
        marked = assistant.interview.marked(who, attempt_id)
        main = marked.attempt
        others = assistant.store.attempts(who, main.session) if main.session else []
        followed = next(
            (
                one
                for one in others
                if one.kind == "follow_up"
                and one.question_id == main.question_id
                and one.grade is not None
            ),
            None,
        )
        return self._shown(
            marked, assistant.interview.marked(who, followed.id) if followed else None
        )

    def _parent(self, marked: Marked) -> str:
        """The answer that a follow-up belongs to; empty for one that is none."""
        attempt = marked.attempt
        if attempt.kind != "follow_up":
            return ""
        others = self._desk.assistant().store.attempts(attempt.profile, attempt.session)
        return next(
            one.id
            for one in others
            if one.kind == "interview" and one.question_id == attempt.question_id
        )

    def _shown(self, marked: Marked, followed: Marked | None = None) -> dict[str, Any]:
        assistant = self._desk.assistant()
        view = mark_view(marked, assistant.corpus, assistant.learner, followed)
        return {"mark": view.model_dump(mode="json")}

    def _report(self, who: str, session_id: str) -> Report:
        assistant = self._desk.assistant()
        session = assistant.interview.session(who, session_id)
        store = assistant.store
        others: list[Session] = [one for one in store.sessions(who) if one.id != session_id]
        return report(
            assistant.bank,
            assistant.corpus,
            session,
            store.attempts(who, session_id),
            [(one, store.attempts(who, one.id)) for one in others if one.ended is not None],
        )

    def _chat(self) -> ChatModel | None:
        """Asked where the grader is in doubt: only an endpoint's model answers soon enough."""
        assistant = self._desk.assistant()
        if assistant.settings.model in ("auto", "local", "none"):
            return None
        return assistant.chat_model()


def as_file(name: str, kind: str, data: bytes) -> dict[str, Any]:
    """A file for the browser to save; `data` goes as base64."""
    return {"name": name, "kind": kind, "data": base64.b64encode(data).decode()}
