"""The console's files: served from what was built, with what browsers need to trust and keep them; or a page that says how to build."""

from __future__ import annotations

import fcntl
import gzip
from pathlib import Path

import anyio.to_thread
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.web.in_process import InProcess
from tools import console
from txapi.web.answers import HttpError
from txapi.web.app import http_error
from txapi.web.assets import BUILDING, BUILT, Assets
from txapi.web.front import Front
from txapi.web.shield import route_of

pytestmark = pytest.mark.only_on("sqlite", because="files are served without any record")

SCRIPT = "console.log('一')\n" * 40


def asking(folder: Path) -> InProcess:
    assets = Assets(folder)
    routes = [*Front(assets).routes(), *assets.routes(), Route("/graphql", assets.ide)]
    return InProcess(Starlette(routes=routes, exception_handlers={HttpError: http_error}))


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build as small as can be."""
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>the console</title>")
    (folder / "graphiql.html").write_text("<!doctype html><title>the IDE</title>")
    (folder / "assets" / "index-Ab12.js").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not for everybody")
    return folder


BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_is_led_to_the_console_and_everybody_else_is_told_what_there_is(built: Path) -> None:
    client = asking(built)

    led, told = client.get("/", headers=BROWSER), client.get("/", headers={"accept": "*/*"})

    assert (led.status_code, led.headers["location"]) == (302, "/console/")
    assert (told.status_code, told.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "/graphql " in told.text
    assert "not built" not in told.text
    assert led.headers["vary"] == told.headers["vary"] == "Accept"


def test_where_no_console_is_built_a_browser_is_told_what_there_is_and_that(tmp_path: Path) -> None:
    told = asking(tmp_path / "built").get("/", headers=BROWSER)

    assert told.status_code == 200
    assert "not built here: `make console`" in told.text
    assert "/graphql " in told.text


def test_while_the_console_is_built_it_is_said_to_appear_and_where_building_ended_it_is_not(tmp_path: Path) -> None:
    client = asking(tmp_path / "built")

    with (tmp_path / "built.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        front, page = client.get("/", headers=BROWSER), client.get("/console/", headers=BROWSER)
    ended, left = client.get("/", headers=BROWSER), client.get("/console/", headers=BROWSER)

    assert "/console/" in front.text
    assert "being built just now" in front.text
    assert "not built" not in front.text
    assert (page.status_code, page.headers["retry-after"]) == (503, "3")
    assert "is being built 正在构建" in page.text
    assert "not built" not in page.text
    assert "not built here" in ended.text
    assert "is not built 尚未构建" in left.text


def test_a_build_holds_the_lock_that_a_server_looks_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert BUILT.with_name(BUILDING) == console.BUILDING
    monkeypatch.setattr(console, "BUILDING", tmp_path / BUILDING)
    assets = Assets(tmp_path / "built")

    assert not assets.are_being_built()
    with console.alone():
        assert assets.are_being_built()
    assert not assets.are_being_built()


def test_the_picture_in_a_tab_is_the_consoles_and_there_without_one(tmp_path: Path) -> None:
    picture = asking(tmp_path / "built").get("/favicon.ico")

    drawn = Path(__file__).parents[2] / "console" / "src" / "styles" / "seal.svg"
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
    assert picture.text == drawn.read_text(encoding="utf-8").strip()


def test_every_path_below_the_console_is_a_place_in_it(built: Path) -> None:
    client = asking(built)

    places = [client.get(path) for path in ("/console/", "/console/tickets/42?at=7", "/console/a/b.c/d")]
    without_slash = client.get("/console")

    assert all("the console" in place.text for place in places)
    assert all(place.headers["cache-control"] == "no-cache" for place in places)
    assert without_slash.headers["location"] == "/console/"


def test_pages_run_only_what_this_server_sent_and_are_framed_by_nobody(built: Path) -> None:
    client = asking(built)

    console = client.get("/console/").headers["content-security-policy"]
    ide = client.get("/graphql").headers["content-security-policy"]

    for policy in (console, ide):
        assert "default-src 'none'; script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in console


def test_a_file_is_kept_for_ever_and_a_page_is_asked_for_again(built: Path) -> None:
    client = asking(built)

    file = client.get("/console/assets/index-Ab12.js", headers={"accept-encoding": "identity"})
    packed = client.get("/console/assets/index-Ab12.js", headers={"accept-encoding": "gzip, br"})
    page = client.get("/console/")
    again = [
        client.get(str(answer.request.url), headers={"if-none-match": answer.headers["etag"]})
        for answer in (file, packed, page)
    ]

    assert file.text == packed.text == SCRIPT
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(SCRIPT.encode(), mtime=0)) < len(SCRIPT)
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in file.headers["cache-control"]
    assert [(answer.status_code, answer.content) for answer in again] == [(304, b"")] * 3


def test_a_file_that_was_sent_before_is_sent_again_without_a_thread(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = asking(built)
    first = client.get("/console/assets/index-Ab12.js")

    def busy(*_: object) -> None:
        raise AssertionError("all threads answer questions")

    monkeypatch.setattr(anyio.to_thread, "run_sync", busy)

    again = client.get("/console/assets/index-Ab12.js")

    assert (again.status_code, again.text) == (first.status_code, first.text) == (200, SCRIPT)


def test_a_file_of_a_build_that_was_replaced_is_gone_with_its_page(built: Path) -> None:
    client = asking(built)
    before = client.get("/console/assets/index-Ab12.js")
    (built / "assets" / "index-Ab12.js").unlink()
    (built / "next.html").write_text("the next console")
    (built / "next.html").replace(built / "index.html")

    page, after = client.get("/console/"), client.get("/console/assets/index-Ab12.js")

    assert page.text == "the next console"
    assert (before.status_code, after.status_code) == (200, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/index-Other.js",
        "/console/assets/..%2findex.html",
        "/console/assets/..%2f..%2fsecret.txt",
        "/console/assets/.hidden",
        "/console/assets/%2fetc%2fpasswd",
    ],
)
def test_what_is_no_file_of_the_build_is_not_found(built: Path, path: str) -> None:
    (built / "assets" / ".hidden").write_text("not for everybody")

    answer = asking(built).get(path)

    # A path with more slashes than a file's is a place in the console, and that is a page.
    assert "not for everybody" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code == 404 or "the console" in answer.text


def test_what_is_built_while_the_server_runs_appears_without_a_restart(tmp_path: Path) -> None:
    client = asking(tmp_path / "built")

    before = [client.get("/console/"), client.get("/graphql")]
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "index.html").write_text("first")
    first = client.get("/console/").text
    (tmp_path / "built" / "next.html").write_text("second")
    (tmp_path / "built" / "next.html").replace(tmp_path / "built" / "index.html")
    second = client.get("/console/").text

    assert [answer.status_code for answer in before] == [503, 503]
    assert all("make console" in answer.text for answer in before)
    assert (first, second) == ("first", "second")


def test_the_console_is_one_route_in_metrics_and_traces() -> None:
    assert route_of("/console/assets/index-Ab12.js") == route_of("/console/tickets") == "/console"
    assert route_of("/consoles") == "other"
