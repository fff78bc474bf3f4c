"""Every error that can reach the page is said in Chinese too: the texts are read from the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from errors_kit import (
    COMMANDS,
    LISTED,
    made,
    of_chat_models,
    of_interview,
    of_words,
    trees,
    words_in,
)
from interview_kit import Room
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from assistant import fit_process, store_errors
from assistant.chat_models import ChatModels
from assistant.config import load_settings
from assistant.errors import FitError, ZhituError
from assistant.index import POINTER, IndexFolder
from assistant.llm_errors import explained
from assistant.model_store import ModelStore
from assistant.pipeline import Assistant, State
from assistant.retrieval import clean_query
from assistant.schema import Answer, Done
from assistant.taxonomy import Taxonomy
from assistant.ui.desk import Desk, Failure
from assistant.ui.texts_errors import PHRASES, ROWS, in_chinese, message_in_chinese
from assistant.ui.turns import TurnView, advance


def test_every_error_has_a_chinese_text() -> None:
    wanted = {text for text in made() if of_words(text)} | of_interview() | {*of_chat_models()}
    assert len(wanted) > 250  # else the code is not read rightly
    assert sorted(wanted - {english for english, _ in ROWS}) == []


def test_no_chinese_text_is_for_an_error_that_nobody_makes() -> None:
    used = {*made()} | of_interview() | {*of_chat_models()}
    assert [english for english, _ in ROWS if english not in used] == []
    every = {text for module in trees() for text in words_in(module)}
    assert [english for english, _ in PHRASES if english not in every] == []


def test_only_these_errors_are_made_with_texts_from_elsewhere() -> None:
    # the first takes them from tables, read above; the second from another error
    assert made()["{}"] == {"assistant/interview.py", "assistant/store_errors.py"}


def test_the_words_of_a_list_stand_in_the_code() -> None:
    for text, words in LISTED.items():
        (module,) = {m for word in words for m in made()[text.replace("{}", word, 1)]}
        assert set(words) <= words_in(module)


def test_no_text_stands_twice() -> None:
    english = [text for text, _ in (*ROWS, *PHRASES)]
    assert sorted(text for text in set(english) if english.count(text) > 1) == []


def test_a_text_carries_all_values() -> None:
    for english, chinese in (*ROWS, *PHRASES):
        slots = re.findall(r"\{\d*\}", chinese)
        assert len(slots) == english.count("{}"), chinese
        if "{}" not in slots:  # in an order of their own
            assert sorted(slots) == [f"{{{n}}}" for n in range(len(slots))], chinese


def test_a_text_keeps_commands_and_names_of_settings_as_they_are() -> None:
    kept = re.compile(r"`[^`]*`|ZHITU_\w+|--[a-z-]+|zhitu models \w+|pip install [^.\u3002]+")
    for english, chinese in (*ROWS, *PHRASES):
        plain = re.sub(r"\{\d+\}", "{}", chinese)
        assert sorted(kept.findall(plain)) == sorted(kept.findall(english)), chinese


def test_a_text_is_chinese_with_chinese_punctuation() -> None:
    for _, chinese in (*ROWS, *PHRASES):
        assert re.search(r"[\u4e00-\u9fff]", chinese)
        assert not re.search(r"[\u4e00-\u9fff][,.;:!?()]", chinese), chinese


def test_a_sentence_finds_the_text_it_was_made_from() -> None:
    for english, chinese in ROWS:
        values = [f"v{n}" for n in range(english.count("{}"))]
        left = iter(values)
        sentence = re.sub(r"\{\}", lambda _, left=left: next(left), english)
        order = [int(n) if n else at for at, n in enumerate(re.findall(r"\{(\d*)\}", chinese))]
        wanted = iter([values[n] for n in order])
        filled = re.sub(r"\{\d*\}", lambda _, wanted=wanted: next(wanted), chinese)
        assert in_chinese(sentence) == filled


def test_the_commands_lie_above_what_the_page_shows() -> None:
    for module, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                file = f"{node.module.replace('.', '/')}.py"
                assert not COMMANDS.fullmatch(file), f"{module} takes from {file}"


# --- real errors --------------------------------------------------------------------------------


def said(ask: Callable[..., object], *given: Any) -> tuple[str, str]:
    """What the page says in Chinese of the error that a call ends with."""
    with pytest.raises(ZhituError) as raised:
        ask(*given)
    failure = Failure.of(raised.value)
    message = f"{failure.found_zh}\u3002{failure.next_step_zh}"
    assert message_in_chinese(str(raised.value)) == message
    return failure.found_zh, failure.next_step_zh


def test_a_question_that_can_not_be_served() -> None:
    assert said(clean_query, " ?! ") == ("问题是空的", "写下你想知道的。")
    assert said(clean_query, "a" * 5001) == ("问题有 5,001 个字符，最多读 2,000 个", "问得短一点。")
    found = ("没有叫 'x' 的条目", "也没有名字相近的。")
    assert said(Taxonomy([]).scope, "x") == found


def test_an_index_that_is_not_there_or_damaged(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    none = (f"{tmp_path} 里还没有索引", "运行 `zhitu index` 建一个。")
    assert said(folder.open) == none
    made_before = tmp_path / "index" / "g1"
    made_before.mkdir(parents=True)
    (tmp_path / "index" / POINTER).write_text('{"generation": "g1"}')
    (made_before / "manifest.json").write_text('{"version": 0}')
    found, step = said(folder.open)
    assert re.fullmatch(r"索引是另一个版本建的（格式 0，这个版本读 \d+）", found)
    assert step == "运行 `zhitu index` 重建。"


def test_an_interview_that_can_not_go_on(tmp_path: Path) -> None:
    room = Room(tmp_path / "progress.sqlite3")
    session = room.start()
    room.interview.hint(room.me, session, room.now)
    room.interview.hint(room.me, session, room.now)
    hint = ("没有提示了", "作答、跳过，或者说不知道。")
    assert said(room.interview.hint, room.me, session, room.now) == hint
    due = ("这个范围里没有到期的题", "换一种出题方式，或者明天再来。")
    assert said(lambda: room.start(aim="due")) == due
    assert said(room.store.profile, "nobody") == ("没有这个学习者", "从列表里选一个。")
    room.store.close()


def test_a_server_of_progress_and_a_fit_that_fail() -> None:
    place = store_errors.place_of("postgresql://ann:secret@db.example/zhitu")
    error = OperationalError("", {}, Exception("no route"))
    found = "db.example 上的 PostgreSQL 数据库 zhitu 出错了：no route"
    assert said(raiser(store_errors.explain(error, place))) == (
        found,
        "启动它，或改正 ZHITU_STORE_URL。",
    )
    full = said(raiser(store_errors.explain(NoConnectionFree(), place)))
    assert full[0] == "同时使用 db.example 上的 PostgreSQL 数据库 zhitu 的太多了"
    assert said(raiser(fit_process.busy())) == ("间隔正在计算", "过一分钟再试。")
    ended = FitError(
        "The intervals could not be fitted (its process was ended by SIGKILL)",
        "Nothing was changed. Free some memory, about 500 MB, and try it again.",
    )
    assert said(raiser(ended))[0] == "间隔没能算出来（进程被 SIGKILL 终止）"


def raiser(error: Exception) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


def test_words_that_no_row_fits_stay_as_they_are() -> None:
    assert in_chinese("") == message_in_chinese("") == ""
    assert in_chinese("Something else {0}") == "Something else {0}"
    assert message_in_chinese("The question is empty. Do as you like.") == (
        "The question is empty. Do as you like."
    )
    assert Failure.of(RuntimeError("a bug")).found_zh == ""


def test_values_come_through_whatever_stands_in_them() -> None:
    assert in_chinese("There is a profile called {0} \\1\n already") == (
        "已经有叫 {0} \\1\n 的学习者了"
    )
    assert in_chinese("/a is empty/b is empty") == "/a is empty/b 是空的"


def test_a_model_that_is_not_ready_says_so() -> None:
    settings = load_settings(model="far")
    message = ChatModels(settings, ModelStore(settings.models_dir)).state()[2]
    assert message_in_chinese(message) == "还没有设置接口地址。设置 ZHITU_CHAT_URL。"
    assert message_in_chinese("its process ended (-9)") == "进程退出了（-9）"


def test_an_answer_without_its_model_says_why_in_both_languages() -> None:
    error = explained(httpx.ConnectError("no"), "m", "http://127.0.0.1:9/v1", 60, begun=False)
    answer = Answer(question="q", answer="", refused=False, language="zh", model_error=str(error))
    view = advance(TurnView(id="1"), Done(answer=answer))
    assert view.model_error == str(error)
    assert view.model_error_zh == (
        "127.0.0.1:9 没有回应。启动那里的服务，或检查设置里的接口地址（zhitu doctor 会显示）。"
    )


def test_the_state_of_things_is_said_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(ZhituError) as raised:
        IndexFolder(tmp_path / "index").open()
    fetch = "Run `zhitu models pull` to fetch it."
    state = State("missing", str(raised.value), (), 0, 0, "absent", "qwen", fetch)
    nothing = SimpleNamespace(start_model=int, warm_up=int, state=lambda: state)
    desk = Desk(lambda: cast(Assistant, nothing))
    desk.open()
    desk.assistant()  # waits until it is loaded
    status = desk.status()
    assert status.index_message == str(raised.value)
    assert status.index_message_zh == f"{tmp_path} 里还没有索引。运行 `zhitu index` 建一个。"
    assert (status.model_message, status.model_message_zh) == (
        fetch,
        "运行 `zhitu models pull` 下载。",
    )
