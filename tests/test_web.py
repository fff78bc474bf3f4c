"""Fetching pages politely, never from a private network, and the words of HTML and PDF."""

from __future__ import annotations

import contextlib
import gzip
import random
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from web_server import HTML, Reply, Site, make_pdf, moved, page

from assistant import web
from assistant.errors import SourceError
from assistant.loaders import load_source, read_words
from assistant.loaders.html import html_text
from assistant.loaders.page import page_text
from assistant.loaders.pdf import pdf_text
from assistant.web import Fetcher, Page

WORDS = (
    "A depthwise separable convolution factors a standard convolution into two smaller steps.",
    "The depthwise step applies a single filter to each of the input channels.",
    "The pointwise step then mixes the channels with a 1x1 convolution.",
)
ARTICLE = Reply(page("MobileNet explained", *WORDS).encode())
PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def _no_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/page": ARTICLE}).running() as running:
        yield running


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    """One that may visit the test's own server, and doesn't wait."""
    with Fetcher(allow_private=True, pause=0) as made:
        yield made


@pytest.fixture
def stranger() -> Iterator[Fetcher]:
    """One as `zhitu references fetch` has it: no private address."""
    with Fetcher(pause=0) as made:
        yield made


@pytest.fixture(scope="module")
def outsider() -> Iterator[Fetcher]:
    """The same, for tests in which it must not get anywhere."""
    with Fetcher(pause=0) as made:
        yield made


@pytest.fixture
def public(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A made-up web: names in .example are public, and the server answers for them as a proxy."""
    names(monkeypatch, lambda host: PUBLIC)
    monkeypatch.setenv("http_proxy", site.url)
    return site


def names(
    monkeypatch: pytest.MonkeyPatch, address: Callable[[str], str], ends: str = ".example"
) -> None:
    """Let `address` resolve the names that end so."""
    real = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **others: Any) -> Any:
        known = str(host).endswith(ends)
        return real(address(host) if known else host, *arguments, **others)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


# --- a polite visitor ----------------------------------------------------------------------------


def test_a_page_comes_with_its_type_and_address(site: Site, fetcher: Fetcher) -> None:
    found = fetcher.get(f"{site.url}/page")
    assert found == Page(f"{site.url}/page", HTML, ARTICLE.body)


def test_every_request_says_who_is_asking(site: Site, fetcher: Fetcher) -> None:
    fetcher.get(f"{site.url}/page")
    assert [visit.path for visit in site.visits] == ["/robots.txt", "/page"]
    for visit in site.visits:
        assert visit.headers["user-agent"].startswith("Zhitu/")
        assert "study assistant" in visit.headers["user-agent"]


def text(body: str, status: int = 200) -> Reply:
    return Reply(body.encode(), "text/plain", status)


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (Reply(status=404), True),
        (Reply(status=403), True),  # RFC 9309: unavailable, so there are no rules
        (text(""), True),
        (text("User-agent: *\nDisallow: /private\n"), True),
        (text("User-agent: somebody\nDisallow: /\n"), True),
        (text("User-agent: *\nDisallow: /\n\nUser-agent: Zhitu\nAllow: /\n"), True),
        (text("User-agent: *\nDisallow: /\n"), False),
        (text("User-agent: *\r\nDisallow: /pa\r\n"), False),
        (text("User-agent: zhitu\nDisallow: /page\n"), False),
        (moved("/rules.txt"), False),
        (moved("/robots.txt"), True),  # never arrives: counts as missing
    ],
)
def test_robots_txt_is_honoured(site: Site, fetcher: Fetcher, robots: Reply, allowed: bool) -> None:
    site.routes |= {"/robots.txt": robots, "/rules.txt": text("User-agent: *\nDisallow: /page")}
    if allowed:
        assert fetcher.get(f"{site.url}/page")
    else:
        with pytest.raises(SourceError, match=r"robots.txt of .*/page asks not to fetch it"):
            fetcher.get(f"{site.url}/page")
        assert "/page" not in site.paths


def test_a_site_whose_robots_txt_fails_is_left_alone(site: Site, fetcher: Fetcher) -> None:
    site.routes["/robots.txt"] = Reply(status=500)
    with pytest.raises(SourceError, match=r"can't be fetched: robots.txt: status 500\. Try again"):
        fetcher.get(f"{site.url}/page")
    assert site.paths == []
    assert len(site.visits) == 3


def test_robots_txt_is_asked_for_once_a_site(site: Site, fetcher: Fetcher) -> None:
    site.routes["/other"] = ARTICLE
    fetcher.get(f"{site.url}/page")
    fetcher.get(f"{site.url}/other")
    assert [visit.path for visit in site.visits] == ["/robots.txt", "/page", "/other"]


def test_the_robots_txt_of_a_redirects_target_counts_too(public: Site, stranger: Fetcher) -> None:
    public.routes |= {
        "http://a.example/x": moved("http://b.example/y"),
        "http://b.example/y": ARTICLE,
        "http://b.example/robots.txt": text("User-agent: *\nDisallow: /"),
    }
    with pytest.raises(SourceError, match=r"robots.txt of http://b.example/y"):
        stranger.get("http://a.example/x")
    assert public.paths == ["http://a.example/x"]


@pytest.mark.parametrize(
    ("sent", "asked"),
    [
        ({"ETag": '"abc"'}, {"etag": '"abc"'}),
        (
            {"Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"},
            {"modified": "Wed, 01 Jan 2025 00:00:00 GMT"},
        ),
    ],
)
def test_what_has_not_changed_is_not_fetched_again(
    site: Site, fetcher: Fetcher, sent: dict[str, str], asked: dict[str, str]
) -> None:
    site.routes["/page"] = Reply(ARTICLE.body, headers=sent)
    first = fetcher.get(f"{site.url}/page")
    assert first is not None
    assert {"etag": first.etag, "modified": first.modified} == {"etag": "", "modified": ""} | asked
    assert fetcher.get(f"{site.url}/page", **asked) is None
    site.routes["/page"] = Reply(b"new", headers=dict.fromkeys(sent, "other"))
    changed = fetcher.get(f"{site.url}/page", **asked)
    assert changed is not None
    assert changed.data == b"new"


# --- a patient one, within limits ----------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(site: Site, fetcher: Fetcher, status: int) -> None:
    busy = Reply(b"busy", status=status)
    site.routes["/page"] = [busy, busy, ARTICLE]
    found = fetcher.get(f"{site.url}/page")
    assert found is not None
    assert found.data == ARTICLE.body
    assert site.paths == ["/page"] * 3


def test_a_broken_connection_is_tried_again(site: Site, fetcher: Fetcher) -> None:
    site.routes["/page"] = [Reply(b"half", ends="half"), ARTICLE]
    found = fetcher.get(f"{site.url}/page")
    assert found is not None
    assert found.data == ARTICLE.body


def test_each_wait_is_twice_as_long(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    site.routes["/page"] = Reply(status=503)
    with Fetcher(allow_private=True, pause=0.5) as fetcher, pytest.raises(SourceError):
        fetcher.get(f"{site.url}/page")
    assert waits == [0.5, 1.0]


def test_it_gives_up_after_three_tries(site: Site, fetcher: Fetcher) -> None:
    site.routes["/page"] = Reply(status=503)
    with pytest.raises(SourceError, match=r"/page can't be fetched: status 503\. Try again later"):
        fetcher.get(f"{site.url}/page")
    assert site.paths == ["/page"] * 3


def test_a_missing_page_is_asked_for_once(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(SourceError, match=r"/gone answers with status 404\. Check the address"):
        fetcher.get(f"{site.url}/gone")
    assert site.paths == ["/gone"]


def test_a_server_that_is_not_there_is_named(fetcher: Fetcher) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(SourceError, match=rf"{url} can't be fetched: .*refused"):
            fetcher.get(url)


def test_a_page_over_the_size_limit_is_left_out(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MAX_BYTES", 1000)
    packed = gzip.compress(b"\0" * 1001)
    site.routes |= {
        "/fits": Reply(b"x" * 1000),
        "/large": Reply(b"x" * 1001),
        "/endless": Reply(ends="never"),
        "/packed": Reply(packed, headers={"Content-Encoding": "gzip"}),
    }
    assert fetcher.get(f"{site.url}/fits")
    for path in ("/large", "/endless", "/packed"):
        with pytest.raises(SourceError, match=rf"{path} has over 1,000 bytes"):
            fetcher.get(f"{site.url}{path}")
        assert site.paths[-1] == path
    assert len(site.paths) == 4  # a second try wouldn't be smaller


def test_a_body_that_drips_for_too_long_is_left(
    site: Site, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_WHOLE", 0.05)
    site.routes["/page"] = Reply(ends="never")
    with pytest.raises(SourceError, match=r"/page took over 0 s"):
        fetcher.get(f"{site.url}/page")


def test_a_server_that_says_nothing_is_given_up(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "_READ", 0.05)
    site.routes["/page"] = Reply(ends="silent")
    with (
        Fetcher(allow_private=True, pause=0) as fetcher,
        pytest.raises(SourceError, match=r"/page can't be fetched: .*(timed out|Timeout)"),
    ):
        fetcher.get(f"{site.url}/page")
    assert site.paths == ["/page"] * 3


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site: Site, fetcher: Fetcher, status: int) -> None:
    site.routes |= {
        "/old/place": moved("../new", status),
        "/new": moved(f"{site.url}/page", status),
    }
    found = fetcher.get(f"{site.url}/old/place")
    assert found is not None
    assert found.url == f"{site.url}/page"
    assert found.data == ARTICLE.body


def test_five_redirects_are_followed_and_no_more(site: Site, fetcher: Fetcher) -> None:
    site.routes |= {f"/{n}": moved(f"/{n - 1}") for n in range(1, 10)}
    site.routes["/0"] = ARTICLE
    found = fetcher.get(f"{site.url}/5")
    assert found is not None
    assert found.url == f"{site.url}/0"
    with pytest.raises(SourceError, match="redirects too often"):
        fetcher.get(f"{site.url}/6")
    site.routes["/loop"] = moved("/loop")
    with pytest.raises(SourceError, match="/loop redirects too often"):
        fetcher.get(f"{site.url}/loop")


@pytest.mark.parametrize("status", [300, 302])
def test_a_redirect_to_nowhere_is_an_answer_like_any_other(
    site: Site, fetcher: Fetcher, status: int
) -> None:
    site.routes["/page"] = Reply(status=status)
    with pytest.raises(SourceError, match=f"/page answers with status {status}"):
        fetcher.get(f"{site.url}/page")


@pytest.mark.parametrize(
    "target",
    ["file:///etc/passwd", "ftp://a.example/x", "mailto:a@b.example", "javascript:1", "http://:80/",
     "http://a.example:99999/", "http://a[b@c.example/", f"http://{'a' * 70}.com/"],
)  # fmt: skip
def test_a_redirect_to_no_web_address_is_refused(
    public: Site, stranger: Fetcher, target: str
) -> None:
    public.routes["http://a.example/x"] = moved(target)
    with pytest.raises(SourceError, match="is no web address"):
        stranger.get("http://a.example/x")


@pytest.mark.parametrize("target", ["http://[::1", "http://a.example:port/"])
def test_a_redirect_that_nobody_understands_is_reported(
    public: Site, stranger: Fetcher, target: str
) -> None:
    public.routes["http://a.example/x"] = moved(target)
    with pytest.raises(SourceError, match="can't be fetched: Invalid URL in location header"):
        stranger.get("http://a.example/x")


# --- never into a private network ----------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "10.1.2.3",
     "172.16.0.1", "192.168.1.1", "169.254.169.254", "2852039166", "100.64.0.1", "localhost",
     "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[fe80::1]", "[fd00::1]",
     "somebody@127.0.0.1", "93.184.216.34@127.0.0.1", "LOCALHOST"],
)  # fmt: skip
def test_a_private_address_is_refused(outsider: Fetcher, site: Site, host: str) -> None:
    port = site.url.rsplit(":", 1)[1]
    with pytest.raises(SourceError, match=r"leads into a private network \(.*\)\. It is left out"):
        outsider.get(f"http://{host}:{port}/page")
    assert site.visits == []


def test_a_private_address_is_reached_with_the_flag_alone(site: Site, fetcher: Fetcher) -> None:
    assert fetcher.get(f"{site.url}/page")
    assert fetcher.get(f"http://localhost:{site.url.rsplit(':', 1)[1]}/page")


def test_a_name_that_leads_to_this_machine_is_refused(
    stranger: Fetcher, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, lambda host: "127.0.0.1")
    with pytest.raises(SourceError, match=r"inside.example.* private network \(127.0.0.1\)"):
        stranger.get(site.url.replace("127.0.0.1", "inside.example") + "/page")
    assert site.visits == []


@pytest.mark.parametrize(
    "environment", [{}, {"no_proxy": "localhost"}, {"https_proxy": "http://x.example"}]
)
def test_a_name_that_changes_its_mind_is_refused(
    site: Site, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    answers = iter([PUBLIC, PUBLIC])  # to the checks of page and robots.txt; then it is connected
    names(monkeypatch, lambda host: next(answers, "127.0.0.1"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with (
        Fetcher(pause=0) as stranger,
        pytest.raises(SourceError, match=r"private network \(127.0.0.1\)"),
    ):
        stranger.get(site.url.replace("127.0.0.1", "rebinds.example") + "/page")
    assert "/page" not in site.paths


def test_a_name_that_is_nowhere_is_reported(
    stranger: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(host: str) -> str:
        raise socket.gaierror(-2, "Name or service not known")

    names(monkeypatch, unknown)
    with pytest.raises(SourceError, match=r"nowhere.example is not found: .*not known"):
        stranger.get("http://nowhere.example/")


@pytest.mark.parametrize("inside", ["http://127.0.0.1", "http://169.254.169.254", "http://[::1]"])
@pytest.mark.parametrize("path", ["/page", "/robots.txt"])
def test_a_redirect_into_a_private_network_is_refused(
    public: Site, stranger: Fetcher, inside: str, path: str
) -> None:
    secret = f"{inside}:{public.url.rsplit(':', 1)[1]}/secret"
    public.routes |= {
        "http://a.example/page": ARTICLE,
        f"http://a.example{path}": moved(secret),
        "/secret": ARTICLE,
        secret: ARTICLE,
    }
    with pytest.raises(SourceError, match=r"/secret leads into a private network"):
        stranger.get("http://a.example/page")
    assert not any("secret" in visit.path for visit in public.visits)


def test_a_public_page_is_reached_without_the_flag(public: Site, stranger: Fetcher) -> None:
    public.routes["http://a.example/page"] = ARTICLE
    found = stranger.get("http://a.example/page")
    assert found is not None
    assert found.data == ARTICLE.body


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/x", "/etc/passwd", "http://", "", "gopher://x"]
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_only_http_is_spoken(url: str, allow_private: bool) -> None:
    with (
        Fetcher(allow_private, pause=0) as fetcher,
        pytest.raises(SourceError, match="is no web address. It begins with http://"),
    ):
        fetcher.get(url)


# --- the words of a page -------------------------------------------------------------------------


def words(data: bytes, kind: str) -> tuple[str, str]:
    return page_text(Page("http://a.example/x", kind, data))


def test_html_keeps_headings_and_lists_and_leaves_the_menus_out() -> None:
    found, title = words(ARTICLE.body, HTML)
    assert title == "MobileNet explained"
    assert "# MobileNet explained" in found.split("\n")
    assert "## Method" in found.split("\n")
    assert WORDS[0] in found.split("\n")
    assert [line for line in found.split("\n") if line.startswith("- ")] == [
        f"- {text}" for text in WORDS[1:]
    ]
    for menu in ("Home", "Log in", "Popular posts", "Ten tricks", "Copyright"):
        assert menu not in found


CHINESE = (
    "深度可分离卷积把普通卷积拆成逐通道卷积和逐点卷积两步,计算量约为原来的九分之一。",
    "逐通道卷积:每个通道用一个卷积核,只看自己的通道。",
    "逐点卷积:用 1x1 卷积把各通道混合起来,得到新的特征。",
)


@pytest.mark.parametrize(
    ("encoding", "head", "kind"),
    [
        ("utf-8", '<meta charset="utf-8">', "text/html"),
        ("gbk", '<meta charset="gbk">', "text/html"),
        ("gb2312", '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', ""),
        ("gbk", "", "text/html; charset=gbk"),
        ("utf-8", "", "application/xhtml+xml; charset=utf-8"),
    ],
)
def test_html_is_read_in_its_own_encoding(encoding: str, head: str, kind: str) -> None:
    data = page("深度可分离卷积", *CHINESE, head=head).encode(encoding)
    found, title = words(data, kind)
    assert title == "深度可分离卷积"
    for sentence in CHINESE:
        assert sentence in found


@pytest.mark.parametrize("data", [b"<html><body></body></html>", b"", b"<", b"\xff\xfe\x00<html"])
def test_html_without_an_article_is_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"No text was found in http://a.example/x"):
        words(data, "text/html")


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        ("# 标题\n\n- 一点".encode(), "text/markdown", "# 标题\n\n- 一点"),
        (
            "梯度消失的原因有很多。".encode("gbk"),
            "text/plain; charset=gbk",
            "梯度消失的原因有很多。",
        ),
        (b"plain words", "", "plain words"),
    ],
)
def test_text_is_read_as_it_is(data: bytes, kind: str, expected: str) -> None:
    assert words(data, kind) == (expected, "")


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"\x89PNG", "image/png", r"http://a.example/x is image/png, which isn't read\. Give text"),
        (b"{}", "application/json", "is application/json"),
        (b"\0\1\2", "text/plain", "is binary"),
        (b" \n ", "text/plain", "http://a.example/x is empty"),
        (b"x" * 100_001, "text/plain", "Line 1 of http://a.example/x has 100,001 characters"),
    ],
)
def test_what_cannot_be_read_is_refused(data: bytes, kind: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        words(data, kind)


# --- PDF -----------------------------------------------------------------------------------------

TWO_PAGES = make_pdf(
    ["Depthwise separable convolu-", "tions factor a standard layer", "into two. They cost less."],
    ["A width multiplier thins the network."],
)


@pytest.mark.parametrize("kind", ["application/pdf", "application/octet-stream", ""])
def test_a_pdf_is_read_page_by_page_and_its_cut_words_are_joined(kind: str) -> None:
    assert words(TWO_PAGES, kind)[0] == (
        "Depthwise separable convolutions factor a standard layer into two. They cost less.\n\n"
        "A width multiplier thins the network."
    )


def test_chinese_lines_of_a_pdf_are_joined_without_a_blank() -> None:
    assert pdf_text(
        chinese_pdf("捷径把输入直接加到输出上,缓解", "了梯度消失。它不用", "ReLU 也行"), "x"
    ) == ("捷径把输入直接加到输出上,缓解了梯度消失。它不用 ReLU 也行")


def chinese_pdf(*lines: str) -> bytes:
    """One page in a font that every reader has: no font file is needed."""
    shown = " T* ".join(f"<{line.encode('gbk').hex()}> Tj" for line in lines)
    content = f"BT /F1 12 Tf 14 TL 50 700 Td {shown} ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
        "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/GB-EUC-H"
        "/DescendantFonts[6 0 R]>>",
        "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/FontDescriptor 7 0 R"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>",
        "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]"
        "/ItalicAngle 0/Ascent 800/Descent -200/CapHeight 700/StemV 80>>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, inside in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{inside}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer<</Root 1 0 R/Size {size}>>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode()


LINE = ["These words are readable by anybody who opens the file."]


def test_a_pdf_that_is_only_locked_against_changes_is_read() -> None:
    assert pdf_text(make_pdf(LINE, password=" "), "x") == LINE[0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (make_pdf(LINE, password="secret"), "a.pdf is locked with a password. Give an open copy"),
        (make_pdf([]), "a.pdf holds no text, only pictures"),
        (make_pdf(["too few words"]), "a.pdf holds no text"),
        (b"%PDF-1.7\n", "a.pdf is a damaged PDF"),
        (b"no pdf at all", "a.pdf is a damaged PDF"),
        (b"", "a.pdf is a damaged PDF"),
        (TWO_PAGES[: len(TWO_PAGES) // 4], "a.pdf is a damaged PDF"),
    ],
)
def test_a_pdf_that_cannot_be_read_says_why(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        pdf_text(data, "a.pdf")


def test_a_pdf_encrypted_with_aes_is_said_to_be_so() -> None:
    plain = make_pdf(LINE, password=" ", compressed=False)
    aes = b"/CF <</StdCF <</CFM /AESV2 /Length 16>>>> /Filter /Standard"
    for old, new in ((b"/V 2", b"/V 4"), (b"/R 3", b"/R 4"), (b"/EncryptMetadata false", b"")):
        plain = plain.replace(old, new)
    with pytest.raises(SourceError, match=r"a.pdf is encrypted in a way that isn't read: .*AES"):
        pdf_text(plain.replace(b"/Filter /Standard", aes), "a.pdf")


def test_no_damage_to_a_pdf_brings_another_error(capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(7)
    originals = (TWO_PAGES, make_pdf(LINE, compressed=False))
    for round_ in range(600):
        data = bytearray(originals[round_ % 2])
        if round_ % 3:
            for _ in range(rng.randrange(1, 12)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        else:
            del data[(start := rng.randrange(len(data))) : start + rng.randrange(1, 60)]
        with contextlib.suppress(SourceError):
            pdf_text(bytes(data), "a.pdf")
    assert capsys.readouterr() == ("", "")


# --- as a source of notes ------------------------------------------------------------------------


def test_a_page_is_a_source_and_the_users_own_server_may_be_asked(site: Site) -> None:
    document = load_source(f"{site.url}/page")
    assert document.source == f"{site.url}/page"
    assert {entry.kind for entry in document.entries} == {"document"}
    assert {entry.url for entry in document.entries} == {f"{site.url}/page"}
    claims = [claim.text for entry in document.entries for claim in entry.claims]
    assert claims == list(WORDS)
    assert [entry.title for entry in document.entries][-1] == "Method"


def test_plain_notes_on_a_server_stay_notes(site: Site, notes: Path) -> None:
    site.routes["/my%20notes.txt"] = Reply(notes.read_bytes(), "text/plain")
    found = load_source(f"{site.url}/my%20notes.txt")
    assert {entry.kind for entry in found.entries} == {"note"}
    assert [e.id for e in found.entries] == [e.id for e in load_source(str(notes)).entries]


@pytest.mark.parametrize(
    ("name", "data"), [("a.pdf", TWO_PAGES), ("a.html", ARTICLE.body), ("A.HTM", ARTICLE.body)]
)
def test_a_file_of_html_or_pdf_is_a_document_whose_places_fit_its_words(
    tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    document = load_source(str(path))
    read = read_words(path)
    assert document.sha256 == read.sha256
    claims = [claim for entry in document.entries for claim in entry.claims]
    assert claims
    for claim in claims:
        assert read.text[claim.start : claim.end].replace("\n", " ") == claim.text
    assert {entry.kind for entry in document.entries} == {"document"}


def test_html_text_alone_is_the_same_as_through_a_page() -> None:
    assert html_text(ARTICLE.body, "x") == words(ARTICLE.body, HTML)
