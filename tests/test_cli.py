"""The command line, to the contract that scripts rely on."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from test_index import rewrite_manifest

from assistant.cli import main
from assistant.pipeline import Assistant

RESNET = "ResNet 为什么能缓解梯度消失?"
SEARCH_KEYS = {"query", "hits", "timings_ms"}
HIT_KEYS = {"rank", "entry", "path", "kind", "score", "text", "source"}
SOURCE_KEYS = {"title", "file", "url", "start", "end"}
ASK_KEYS = {
    *("question", "answer", "refused", "reason", "language", "sentences", "citations"),
    *("errata", "model", "timings_ms"),
}
INDEX_KEYS = {"added", "changed", "removed", "unchanged", "seconds"}


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


Zhitu = Callable[..., Outcome]


@pytest.fixture
def zhitu(asked: Assistant, data: Path, capsys: pytest.CaptureFixture[str]) -> Zhitu:
    """Runs a command in this process on a data folder that holds the small notes."""
    asked.close()

    def run(*arguments: object, data_dir: Path | None = data) -> Outcome:
        capsys.readouterr()
        place = ["--data-dir", str(data_dir)] if data_dir else []
        try:
            status = main([*place, *map(str, arguments)])
        except SystemExit as stop:  # argparse's way out
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


# --- the documents -------------------------------------------------------------------------------


def test_search_prints_one_document_with_the_keys_of_the_contract(zhitu: Zhitu) -> None:
    done = zhitu("search", RESNET, "--k", 3, "--json")
    assert done.status == 0
    document = done.document
    assert set(document) == SEARCH_KEYS
    assert document["query"] == RESNET
    assert [hit["rank"] for hit in document["hits"]] == [1, 2, 3]
    for hit in document["hits"]:
        assert set(hit) == HIT_KEYS
        assert set(hit["source"]) == SOURCE_KEYS
        assert hit["kind"] in ("note", "reference", "document")
    first = document["hits"][0]
    assert first["path"] == ["骨干网络", "更深的网络", "ResNet"]
    assert "捷径" in first["text"]
    assert first["path"][0] not in first["text"]  # the passage without its place


def test_ask_prints_one_document_with_the_keys_of_the_contract(zhitu: Zhitu) -> None:
    done = zhitu("ask", RESNET, "--model", "none", "--json")
    assert done.status == 0
    document = done.document
    assert set(document) >= ASK_KEYS
    assert (document["refused"], document["language"], document["model"]) == (False, "zh", "none")
    for sentence in document["sentences"]:
        assert set(sentence) == {"text", "citations", "status"}
        assert sentence["status"] == "quoted"
    for citation in document["citations"]:
        assert set(citation) >= {"n", "entry", "path", "quote", "source"}
        assert set(citation["source"]) == SOURCE_KEYS
    cited = {n for sentence in document["sentences"] for n in sentence["citations"]}
    assert cited <= {citation["n"] for citation in document["citations"]}


def test_a_refusal_is_an_answer(zhitu: Zhitu) -> None:
    done = zhitu("ask", "今天天气怎么样", "--model", "none", "--json")
    assert done.status == 0
    assert done.document["refused"]
    assert done.document["reason"]
    assert done.document["near"]


def test_index_prints_its_counts(zhitu: Zhitu) -> None:
    done = zhitu("index", "--json")
    assert done.status == 0
    assert set(done.document) >= INDEX_KEYS
    assert (done.document["added"], done.document["unchanged"]) == (0, 16)


def test_models_and_doctor_print_one_document(zhitu: Zhitu) -> None:
    models = zhitu("models", "--json").document["models"]
    assert {"embedder", "chat"} <= {model["role"] for model in models}
    assert all({"name", "state", "size", "licence"} <= set(model) for model in models)
    checks = zhitu("doctor", "--json").document["checks"]
    assert {"index", "data folder"} <= {check["name"] for check in checks}
    assert next(check for check in checks if check["name"] == "index")["ok"]


def test_doctor_says_what_to_do_where_there_is_no_index(zhitu: Zhitu, tmp_path: Path) -> None:
    done = zhitu("doctor", data_dir=tmp_path / "empty")
    assert done.status == 1
    assert "NO  index" in done.out
    assert "Run `zhitu index`" in done.out
    assert not (tmp_path / "empty").exists()  # it changes nothing


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (("search", RESNET), "ResNet"),
        (("ask", RESNET, "--model", "none"), "[1] 骨干网络 › 更深的网络 › ResNet"),
        (("ask", "今天天气怎么样", "--model", "none"), "~ "),
        (("index",), "16 unchanged"),
        (("models",), "multilingual-e5-small"),
    ],
)
def test_for_people_the_same_in_words(zhitu: Zhitu, arguments: tuple[str, ...], shows: str) -> None:
    done = zhitu(*arguments)
    assert done.status == 0
    assert shows in done.out


# --- where options stand -------------------------------------------------------------------------


@pytest.mark.parametrize("json_first", [True, False])
@pytest.mark.parametrize("data_first", [True, False])
def test_common_options_stand_before_or_after_the_command(
    zhitu: Zhitu, data: Path, json_first: bool, data_first: bool
) -> None:
    folder = ["--data-dir", data]
    before = [*(["--json"] if json_first else []), *(folder if data_first else [])]
    after = [*([] if json_first else ["--json"]), *([] if data_first else folder)]
    done = zhitu(*before, "search", RESNET, *after, data_dir=None)
    assert done.status == 0
    assert done.document["hits"][0]["path"][-1] == "ResNet"


def test_the_data_folder_may_come_from_the_environment_and_the_command_line_wins(
    zhitu: Zhitu, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHITU_DATA_DIR", str(data))
    assert zhitu("search", RESNET, data_dir=None).status == 0
    assert zhitu("search", RESNET, data_dir=tmp_path / "empty").status == 1


def test_scope_k_and_search_are_options(zhitu: Zhitu) -> None:
    for method in ("taxonomy", "fused", "dense", "bm25"):
        done = zhitu("search", "网络 梯度", "--scope", "生成网络", "--search-by", method, "--json")
        assert all(hit["entry"].startswith("生成网络") for hit in done.document["hits"])
    assert len(zhitu("search", "网络", "--k", 2, "--json").document["hits"]) == 2


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["search", "ask"])
@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("", "The question is empty"),
        ("  \n ", "The question is empty"),
        ("??!。,", "The question is empty"),
        ("\x01\x02\x7f", "The question is empty"),
        ("梯" * 100_000, "100,000 characters"),
    ],
)
def test_a_bad_question_is_wrong_usage(
    zhitu: Zhitu, command: str, question: str, says: str
) -> None:
    model = ["--model", "none"] if command == "ask" else []
    done = zhitu(command, question, *model, "--json")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith(f"zhitu: {says}" if "empty" in says else "zhitu: ")
    assert says in done.err
    assert done.err.count("\n") == 1  # one line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "usage"),
        (("nonsense",), "invalid choice"),
        (("search", "--no-such-option", "x"), "unrecognized"),
        (("search", "x", "--k", "many"), "--k: invalid"),
        (("search",), "No question is given"),
        (("search", "捷径", "--scope", "没有这一章"), "No entry is called '没有这一章'"),
        (("search", "捷径", "--k", "0"), "1 to 100"),
        (("search", "捷径", "--k", "-3"), "1 to 100"),
        (("search", "捷径", "--k", "101"), "1 to 100"),
        (("search", "--batch", "none.jsonl", "--out", "out.jsonl"), "none.jsonl can't be read"),
        (("search", "--batch", "none.jsonl"), "--batch needs --out"),
        (("ask", "捷径", "--model", "gpt-x"), "ZHITU_CHAT_URL"),
    ],
)
def test_wrong_usage_is_status_2(zhitu: Zhitu, arguments: tuple[str, ...], says: str) -> None:
    done = zhitu(*arguments)
    assert (done.status, done.out) == (2, "")
    assert says in done.err


@pytest.mark.parametrize("command", ["search", "ask"])
def test_without_an_index_the_next_command_is_named(
    zhitu: Zhitu, tmp_path: Path, command: str
) -> None:
    done = zhitu(command, RESNET, "--json", data_dir=tmp_path / "empty")
    assert (done.status, done.out) == (1, "")
    assert "Run `zhitu index`" in done.err


@pytest.mark.parametrize("command", ["search", "ask"])
def test_an_index_made_otherwise_is_refused_and_index_rebuilds_it(
    zhitu: Zhitu, data: Path, command: str
) -> None:
    rewrite_manifest(data, embedder="other")
    arguments = [command, RESNET, *(["--model", "none"] if command == "ask" else [])]
    done = zhitu(*arguments)
    assert done.status == 1
    assert "`zhitu index`" in done.err
    assert zhitu("index").status == 0
    assert zhitu(*arguments).status == 0


def test_a_source_that_is_gone_is_status_1_and_the_old_index_answers(
    zhitu: Zhitu, notes: Path
) -> None:
    notes.unlink()
    done = zhitu("index", "--json")
    assert (done.status, done.out) == (1, "")
    assert "notes.txt does not exist" in done.err
    assert zhitu("search", RESNET).status == 0


def test_sources_that_are_no_longer_indexed_are_named(zhitu: Zhitu, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("# 甲\n\n## 乙\n\n- 丙丁\n", encoding="utf-8")
    done = zhitu("index", "--no-corpus", "--source", other, "--json")
    assert done.status == 0
    assert done.document["removed"] == 16
    assert "No longer indexed" in done.err
    assert "notes.txt" in done.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ZHITU_PORT", "70000", "`port`"),
        ("ZHITU_PORT", "http", "`port`"),
        ("ZHITU_CHUNK_TOKENS", "5", "`chunk_tokens`"),
        ("ZHITU_SEARCH", "magic", "`search`"),
        ("ZHITU_CHAT_URL", "localhost:1", "`chat_url`"),
        ("ZHITU_CHNUK_TOKENS", "160", "ZHITU_CHNUK_TOKENS"),
    ],
)
def test_a_bad_setting_is_named(
    zhitu: Zhitu, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    done = zhitu("search", RESNET)
    assert (done.status, done.out) == (1, "")
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_bad_settings_file_is_named(
    zhitu: Zhitu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("ZHITU_CONFIG", str(path))
    for text, says in (("port = ", "not valid TOML"), ("prot = 1", "prot"), ("port = -1", "port")):
        path.write_text(text)
        done = zhitu("search", RESNET)
        assert done.status == 1
        assert says in done.err


def test_a_port_in_use_is_a_clear_line(zhitu: Zhitu) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "assistant", "ui", "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use" in done.stderr
    assert "Traceback" not in done.stderr


# --- relations -----------------------------------------------------------------------------------


def test_links_are_nodes_and_typed_edges_with_the_whole_bullet(zhitu: Zhitu) -> None:
    document = zhitu("links", "--json").document
    assert set(document) == {"nodes", "edges"}
    assert set(document["nodes"][0]) == {"id", "title", "path"}
    assert all(set(edge) == {"from", "to", "kind", "entry", "bullet"} for edge in document["edges"])
    ids = {node["id"] for node in document["nodes"]}
    assert ids == {edge[end] for edge in document["edges"] for end in ("from", "to")}
    [edge] = [
        edge
        for edge in document["edges"]
        if (edge["from"], edge["to"]) == ("backbone/deeper/densenet", "backbone/deeper/resnet")
    ]
    assert edge["kind"] == "compared_with"
    assert edge["bullet"].startswith("DenseNet ")
    assert edge["bullet"].endswith("。")  # to its end


def test_the_links_of_one_entry_are_told_from_its_side(zhitu: Zhitu) -> None:
    done = zhitu("links", "--entry", "GRU")
    assert done.status == 0
    first, *told = done.out.splitlines()
    assert first == "GRU  (nlp/networks/gru)"
    assert any(line.startswith("    is a variant of RNN: ") for line in told)
    assert any(line.startswith("    compared with LSTM: ") for line in told)
    assert [line for line in told if not line.startswith("    ")] == []
    back = zhitu("links", "--entry", "nlp/networks/rnn").out
    assert "    has the variant GRU: " in back
    assert zhitu("links", "--entry", "no such thing").status == 2


def test_the_links_of_a_group_are_those_of_all_below_it(zhitu: Zhitu) -> None:
    edges = zhitu("links", "--entry", "optimizer", "--json").document["edges"]
    assert {edge["from"].split("/")[0] for edge in edges} > {"optimizer", "nlp"}
    assert all("optimizer/" in edge["from"] + edge["to"] for edge in edges)


# --- many questions ------------------------------------------------------------------------------


def batch(zhitu: Zhitu, tmp_path: Path, text: str | bytes, *more: str) -> tuple[Outcome, list[Any]]:
    rows, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows.write_bytes(text.encode() if isinstance(text, str) else text)
    command = more or ("search",)
    done = zhitu(*command, "--batch", rows, "--out", out, "--json")
    answers = [json.loads(line) for line in out.read_text("utf-8").split("\n") if line]
    return done, answers


def test_a_bad_row_is_an_error_of_its_own_and_the_rest_go_on(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = [
        json.dumps({"id": "a", "q": RESNET}),
        json.dumps({"id": "empty", "q": ""}),
        json.dumps({"id": 7, "q": 42}),
        json.dumps({"id": "none"}),
        "{broken",
        '["a list"]',
        "",
        json.dumps({"id": "long", "q": "梯" * 100_000}),
        json.dumps({"id": "z", "q": "为什么要做偏差修正"}),
    ]
    done, answers = batch(zhitu, tmp_path, "\n".join(rows))
    assert done.status == 0
    assert done.document["rows"] == 8
    assert done.document["failed"] == 6
    assert [answer.get("id") for answer in answers] == ["a", "empty", 7, "none", 5, 6, "long", "z"]
    good = [answer for answer in answers if "error" not in answer]
    assert [answer["id"] for answer in good] == ["a", "z"]
    assert all(set(answer) == {"id", *SEARCH_KEYS} for answer in good)
    assert all(set(a) == {"id", "error"} for a in answers if a not in good)
    assert good[1]["hits"][0]["path"][-1] == "Adam"


def test_a_batch_of_questions_to_answer(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = "".join(
        json.dumps({"id": n, "q": q}) + "\n" for n, q in enumerate([RESNET, "今天天气怎么样"])
    )
    done, answers = batch(zhitu, tmp_path, rows, "ask", "--model", "none")
    assert done.status == 0
    assert all(set(answer) >= {"id", *ASK_KEYS} for answer in answers)
    assert [answer["refused"] for answer in answers] == [False, True]


@pytest.mark.parametrize(
    "question", ["捷径\u2028缓解\u0085梯度", "捷径 \ud83d 梯度", "捷径 \U0001f600", "捷径\x00梯度"]
)
def test_odd_characters_of_a_row_come_back_as_they_were(
    zhitu: Zhitu, tmp_path: Path, question: str
) -> None:
    half = any("\ud800" <= character <= "\udfff" for character in question)
    for escape in (True, half):  # half an emoji can only be written escaped
        row = json.dumps({"id": question, "q": question}, ensure_ascii=escape)
        done, (answer,) = batch(zhitu, tmp_path, row)
        assert done.status == 0
        assert answer["id"] == answer["query"] == question
        assert answer["hits"][0]["path"][-1] == "ResNet"


def test_a_file_of_rows_that_is_no_text_is_wrong_usage(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = tmp_path / "in.jsonl"
    rows.write_bytes(b'{"id": 1, "q": "\xff\xfe"}')
    done = zhitu("search", "--batch", rows, "--out", tmp_path / "out.jsonl")
    assert (done.status, done.out) == (2, "")
    assert "in.jsonl" in done.err


def test_an_out_that_cannot_be_written_is_wrong_usage(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = tmp_path / "in.jsonl"
    rows.write_text(json.dumps({"id": 1, "q": RESNET}))
    for out in (tmp_path / "no" / "out.jsonl", tmp_path):
        done = zhitu("search", "--batch", rows, "--out", out)
        assert (done.status, done.out) == (2, "")
        assert str(out) in done.err


def test_an_out_that_is_the_batch_itself_is_refused(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = tmp_path / "in.jsonl"
    rows.write_text(json.dumps({"id": 1, "q": RESNET}))
    done = zhitu("search", "--batch", rows, "--out", rows)
    assert done.status == 2
    assert json.loads(rows.read_text())["q"] == RESNET


def test_without_an_index_a_batch_fails_as_a_whole(zhitu: Zhitu, tmp_path: Path) -> None:
    rows = tmp_path / "in.jsonl"
    rows.write_text(json.dumps({"id": 1, "q": RESNET}))
    out = tmp_path / "out.jsonl"
    done = zhitu("search", "--batch", rows, "--out", out, data_dir=tmp_path / "empty")
    assert done.status == 1
    assert "Run `zhitu index`" in done.err


def test_an_empty_batch_gives_an_empty_file(zhitu: Zhitu, tmp_path: Path) -> None:
    done, answers = batch(zhitu, tmp_path, "\n\n")
    assert (done.status, answers) == (0, [])


# --- as a process --------------------------------------------------------------------------------


def test_a_process_prints_nothing_but_the_document(
    asked: Assistant, data: Path, cli: RunCli
) -> None:
    done = cli("--data-dir", data, "search", RESNET, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout)) == SEARCH_KEYS


def test_a_process_indexes_answers_and_refuses_by_its_status(
    notes: Path, data: Path, cli: RunCli
) -> None:
    done = cli("index", "--source", notes, "--no-corpus", "--data-dir", data, "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["added"] == 16
    done = cli("ask", "WGAN 用什么距离", "--model", "none", "--data-dir", data, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Wasserstein" in json.loads(done.stdout)["answer"]
    done = cli("ask", "", "--model", "none", "--data-dir", data)
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize(
    ("encoding", "option"), [("ascii", "--json"), ("gbk", "--json"), ("ascii", "--k=3")]
)
def test_any_terminal_s_encoding_will_do(
    asked: Assistant, data: Path, cli: RunCli, encoding: str, option: str
) -> None:
    question = "ResNet 缓解梯度消失 \udcff😀"  # what a broken argument looks like
    done = cli("--data-dir", data, "search", question, option, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    if option == "--json":
        assert json.loads(done.stdout)["query"] == question
    else:
        assert "ResNet" in done.stdout


def test_a_reader_that_goes_away_is_no_traceback(
    asked: Assistant, data: Path, corpus: Path, cli: RunCli
) -> None:
    command = f"{sys.executable} {Path(__file__).with_name('fake_cli.py')} --data-dir {data}"
    done = subprocess.run(
        ["bash", "-c", f"{command} search 捷径 --json | true"],
        env={**os.environ, "FAKE_CORPUS": str(corpus)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


@pytest.mark.models
def test_the_real_command_searches_with_the_real_embedder(real: Assistant) -> None:
    place = str(real.settings.data_dir)
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "search", RESNET, "--data-dir", place, "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    # its lexicon is another than the real one: the real command must refuse it and say so
    assert done.returncode == 1
    assert re.search(r"lexicon .*`zhitu index`", done.stderr)
