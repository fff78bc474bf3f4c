"""Chat at an endpoint: streaming, stopping, and what a person is told when it fails."""

from __future__ import annotations

import gc
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_servers import FakeChat

from assistant.config import load_settings
from assistant.errors import ChatModelError
from assistant.llm import EndpointChatModel
from assistant.local_model import LocalServer
from assistant.model_store import ModelStore
from assistant.schema import ChatModel

ASK = [{"role": "system", "content": "Answer."}, {"role": "user", "content": "GRU?"}]


@pytest.fixture(scope="module")
def chat() -> Iterator[FakeChat]:
    with FakeChat().running() as server:
        yield server


def model(chat: FakeChat, script: str, **options: float) -> EndpointChatModel:
    return EndpointChatModel("m", f"{chat.url}/{script}/v1", "secret", **options)  # type: ignore[arg-type]


def test_importing_it_loads_neither_llama_index_nor_openai() -> None:
    code = (
        "import assistant.llm, assistant.local_model, sys\n"
        "print({'llama_index', 'openai', 'xllamacpp', 'httpx'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


def test_a_reply_comes_in_pieces_and_the_request_says_what_was_asked(chat: FakeChat) -> None:
    asking = model(chat, "hello", max_tokens=77, temperature=0.25)
    assert isinstance(asking, EndpointChatModel)
    typed: ChatModel = asking
    assert list(typed.stream(ASK)) == ["残差", "连接", " [1]"]
    request = chat.requests[-1]
    assert request["messages"] == ASK
    assert (request["max_tokens"], request["temperature"]) == (77, 0.25)
    assert (request["model"], request["stream"]) == ("m", True)
    assert chat.keys[-1] == "Bearer secret"
    asking.close()


def test_a_call_can_have_a_limit_and_fields_of_its_own(chat: FakeChat) -> None:
    asking = model(chat, "hello")
    wanted = {"response_format": {"type": "json_object"}}
    assert "".join(asking.stream(ASK, max_tokens=5, options=wanted)) == "残差连接 [1]"
    assert chat.requests[-1]["max_tokens"] == 5
    assert chat.requests[-1]["response_format"] == {"type": "json_object"}
    asking.close()


def test_what_a_model_thinks_before_it_answers_is_left_out(chat: FakeChat) -> None:
    asking = model(chat, "thinking")
    assert "".join(asking.stream(ASK)) == "Two gates"
    asking.close()


FAILURES = [
    ("401", "API key", "Set a valid key"),
    ("403", "API key", "Set a valid key"),
    ("404", "has no model m", "/v1"),
    ("400", "reason 400", "another model"),
    ("429", "too many requests", "Wait"),
    ("503", "failed (503", "Try again"),
    ("page", "a web page", "/v1"),
    ("document", "no streams here", "/v1"),
    ("nonsense", "not the chat protocol", "endpoint"),
    ("other-json", "not the chat protocol", "endpoint"),
    ("empty", "answered with nothing", "Ask again"),
    ("only-thinking", "thought until its limit", "longer replies"),
    ("silent", "did not begin to answer (waited 0 s)", "smaller model"),
]


@pytest.mark.parametrize(("script", "found", "next_step"), FAILURES)
def test_a_failure_says_what_happened_and_what_to_do(
    chat: FakeChat, script: str, found: str, next_step: str
) -> None:
    asking = model(chat, script, timeout=0.2 if script == "silent" else 10)
    with pytest.raises(ChatModelError) as caught:
        list(asking.stream(ASK))
    assert found in caught.value.found
    assert next_step in caught.value.next_step
    assert "secret" not in str(caught.value)
    asking.close()


LATE_FAILURES = [
    ("error-inside", "reported an error: out of memory"),
    ("breaks", "broke off in the middle of a reply"),
    ("stalls", "fell silent in the middle of a reply"),
]


@pytest.mark.parametrize(("script", "found"), LATE_FAILURES)
def test_what_came_before_a_failure_stays_valid(chat: FakeChat, script: str, found: str) -> None:
    asking = model(chat, script, timeout=10, pause=0.2)
    reply = asking.stream(ASK)
    assert next(reply) == "half"
    with pytest.raises(ChatModelError) as caught:
        next(reply)
    assert found in caught.value.found
    assert list(reply) == []
    asking.close()


def test_where_nothing_listens_the_address_is_named_and_not_its_password() -> None:
    asking = EndpointChatModel("m", "http://user:hidden@127.0.0.1:9/v1")
    with pytest.raises(ChatModelError) as caught:
        list(asking.stream(ASK))
    assert caught.value.found == "Nothing answers at 127.0.0.1:9"
    asking.close()


def test_an_address_that_is_none_is_reported_as_such() -> None:
    asking = EndpointChatModel("m", "nonsense")
    with pytest.raises(ChatModelError, match="no usable address"):
        list(asking.stream(ASK))
    asking.close()


def test_a_proxy_of_the_environment_does_not_come_between_us_and_loopback(
    chat: FakeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    asking = model(chat, "hello")
    assert "".join(asking.stream(ASK)) == "残差连接 [1]"
    asking.close()


def test_closing_stops_what_the_server_is_writing() -> None:
    with FakeChat().running() as chat:
        asking = model(chat, "endless")
        reply = asking.stream(ASK)
        assert [next(reply) for _ in range(3)] == ["word "] * 3
        reply.close()
        assert chat.gone.wait(2)
        assert list(reply) == []
        asking.close()


def test_dropping_the_iterator_stops_the_server_too() -> None:
    with FakeChat().running() as chat:
        asking = model(chat, "endless")
        reply = asking.stream(ASK)
        next(reply)
        del reply
        assert chat.gone.wait(2)
        asking.close()


def test_a_reader_that_waits_in_another_thread_is_let_go() -> None:
    with FakeChat().running() as chat:
        asking = model(chat, "stalls", timeout=20)
        reply = asking.stream(ASK)
        begun = threading.Event()
        got: list[str] = []

        def read() -> None:
            for piece in reply:
                got.append(piece)
                begun.set()

        reader = threading.Thread(target=read)
        reader.start()
        assert begun.wait(10)
        reply.close()
        reader.join(2)
        assert not reader.is_alive()
        assert got == ["half"]
        asking.close()


def test_two_replies_at_once_do_not_disturb_each_other() -> None:
    with FakeChat().running() as chat:
        asking = model(chat, "endless")
        first, second = asking.stream(ASK), asking.stream(ASK)
        next(first), next(second)
        first.close()
        assert [next(second) for _ in range(20)] == ["word "] * 20
        second.close()
        asking.close()


def test_a_closed_model_ends_its_replies_and_can_be_asked_again(chat: FakeChat) -> None:
    asking = model(chat, "stalls")
    reply = asking.stream(ASK)
    assert next(reply) == "half"
    asking.close()
    assert list(reply) == []
    again = asking.stream(ASK)
    assert next(again) == "half"
    asking.close()


def test_a_model_that_nobody_holds_any_more_ends_its_thread(chat: FakeChat) -> None:
    before = set(threading.enumerate())
    asking = model(chat, "hello")
    list(asking.stream(ASK))
    (thread,) = [t for t in set(threading.enumerate()) - before if t.name == "chat-model"]
    del asking
    gc.collect()
    thread.join(5)
    assert not thread.is_alive()


def test_a_local_server_without_its_file_fails_with_the_reason(tmp_path: Path) -> None:
    server = LocalServer(tmp_path / "none.gguf", "m")
    assert server.status.state == "absent"
    with pytest.raises(ChatModelError, match=r"there is no file .*none\.gguf"):
        server.chat_model()
    assert server.status.state == "failed"
    server.stop()


def test_a_local_server_with_a_broken_file_fails_and_leaves_no_process(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    server = LocalServer(broken, "m")
    with pytest.raises(ChatModelError, match="could not be started"):
        server.chat_model()
    server.stop()
    assert server.status.state == "absent"


LOCAL = "qwen2.5-coder-1.5b-instruct"


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServer]:
    store = ModelStore(load_settings().models_dir)
    if not store.ready(LOCAL):
        pytest.skip(f"{LOCAL} is not there: run `zhitu models pull {LOCAL}`")
    server = LocalServer(store.path(LOCAL), LOCAL)
    server.start("你是一个学习助手。")
    yield server
    server.stop()


@pytest.mark.chat
def test_the_local_model_answers_from_what_it_is_given(local: LocalServer) -> None:
    question = "笔记:「GRU 有两个门:更新门和重置门。」\n根据笔记,GRU 有哪两个门?"
    messages = [
        {"role": "system", "content": "你是一个学习助手。"},
        {"role": "user", "content": question},
    ]
    reply = "".join(local.chat_model(wait=120).stream(messages, max_tokens=40))
    assert "更新门" in reply
    assert "重置门" in reply


@pytest.mark.chat
def test_the_local_server_takes_no_one_without_its_key(local: LocalServer) -> None:
    address = local.chat_model(wait=120).base_url
    stranger = EndpointChatModel(LOCAL, address, "guess")
    with pytest.raises(ChatModelError, match="API key"):
        list(stranger.stream(ASK))
    stranger.close()


@pytest.mark.chat
def test_a_local_server_that_dies_is_reported_and_started_again(local: LocalServer) -> None:
    local.chat_model(wait=120)
    pid = local.pid
    assert pid is not None
    os.kill(pid, 9)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert local.status.state == "failed"
    reply = "".join(local.chat_model(wait=120).stream(ASK, max_tokens=3))
    assert reply


@pytest.mark.chat
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to wait for a stranger")
def test_the_server_does_not_outlive_a_program_that_is_killed(local: LocalServer) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from assistant.local_model import LocalServer\n"
        "server = LocalServer(Path(sys.argv[1]), 'm')\n"
        "server.chat_model(wait=120)\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, str(local.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        server = os.pidfd_open(int(program.stdout.readline()))
        program.kill()
    ended, _, _ = select.select([server], [], [], 20)
    os.close(server)
    assert ended
