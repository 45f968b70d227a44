"""One attempt to tell a webhook: who may be called, what is made of the answer, when it is tried again."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.web.receiving import Got, Receiver, Reply
from txapi.record.deliveries import Delivery
from txapi.web.webhooks.addresses import MayNotBeCalled, must_be_callable, target_of, why_never
from txapi.web.webhooks.schedule import Failure, Schedule, failed, seconds_of
from txapi.web.webhooks.sending import MOST_BYTES, Sender
from txapi.web.webhooks.signing import BadSecret, key_of, new_secret, signed

TLS = ssl.create_default_context()
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)

pytestmark = pytest.mark.only_on("sqlite", because="nothing is stored")


def post(url: str, *, plain_http: bool = True, timeout_seconds: float = 30.0) -> int | Failure:
    """What one attempt comes to."""
    return asyncio.run(Sender(TLS, timeout_seconds, plain_http).post(url, {"webhook-id": "m"}, b"{}"))


@contextmanager
def saying(*parts: bytes, until: Callable[[], bool] = lambda: True) -> Iterator[str]:
    """A server that sends these bytes to whoever connects, the last one again and again until that is so; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                try:
                    for part in parts:
                        connection.sendall(part)
                    while not until():
                        connection.sendall(parts[-1])
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(60)
        assert not thread.is_alive()


# -- who may be called -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.1.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "192.0.0.192",
        "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::", "224.0.0.1", "ff02::1", "0.0.0.0",
        "::", "255.255.255.255", "240.0.0.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("secure", [True, False])
def test_link_local_and_metadata_addresses_and_what_is_no_machine_are_never_called(
    address: str, *, secure: bool
) -> None:
    with pytest.raises(MayNotBeCalled):
        must_be_callable(address, secure=secure, plain_http=True)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450::1", "::ffff:8.8.8.8"])
def test_a_public_address_is_called_by_https_only(address: str) -> None:
    must_be_callable(address, secure=True, plain_http=False)
    with pytest.raises(MayNotBeCalled, match="https only"):
        must_be_callable(address, secure=False, plain_http=True)


@pytest.mark.parametrize("address", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "fd12::1"])
def test_a_private_address_is_called_without_tls_where_a_setting_allows_it(address: str) -> None:
    must_be_callable(address, secure=True, plain_http=False)
    must_be_callable(address, secure=False, plain_http=True)
    with pytest.raises(MayNotBeCalled, match="TXAPI_WEBHOOK_HTTP=private"):
        must_be_callable(address, secure=False, plain_http=False)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("secure", [True, False])
def test_this_machine_itself_is_called_where_a_setting_allows_it(address: str, *, secure: bool) -> None:
    must_be_callable(address, secure=secure, plain_http=True)
    with pytest.raises(MayNotBeCalled, match="TXAPI_WEBHOOK_HTTP=private"):
        must_be_callable(address, secure=secure, plain_http=False)


def test_what_may_not_be_called_is_not_connected_to() -> None:
    with Receiver() as receiver:
        refused = post(receiver.url.replace("127.0.0.1", "localhost"), plain_http=False)

    assert isinstance(refused, Failure)
    assert "TXAPI_WEBHOOK_HTTP=private" in refused.says
    assert receiver.got == []


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://oa.example", "oa.example", "/"),
        ("https://oa.example:8443/in?a=1", "oa.example:8443", "/in?a=1"),
        ("http://[::1]:80/x", "[::1]", "/x"),
        ("http://[::1]:8080", "[::1]:8080", "/"),
    ],
)
def test_a_url_is_taken_apart_as_a_request_says_it(url: str, authority: str, path: str) -> None:
    target = target_of(url)

    assert (target.authority, target.path) == (authority, path)


def test_a_url_with_a_port_that_is_none_is_a_failure_that_says_so() -> None:
    refused = post("http://127.0.0.1:99999/")

    assert isinstance(refused, Failure)
    assert "99999" in refused.says


# -- what is made of the answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_a_status_of_2xx_acknowledges(status: int) -> None:
    with Receiver(lambda got: Reply(status)) as receiver:
        assert post(receiver.url) == status


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429, 500, 503])
def test_any_other_status_does_not(status: int) -> None:
    with Receiver(lambda got: Reply(status, {"location": "http://127.0.0.1:1/", "retry-after": "7"})) as receiver:
        assert post(receiver.url) == Failure(status, f"the receiver answered {status}", 7.0)


def test_a_body_is_not_read_to_its_end() -> None:
    done = threading.Event()
    with saying(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", b"x" * 4_096, until=done.is_set) as url:
        assert post(url) == 200
        done.set()


def test_headers_without_an_end_are_a_failure() -> None:
    done = threading.Event()
    with saying(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * MOST_BYTES + b"\r\n", until=done.is_set) as url:
        answer = post(url)
        done.set()

    assert isinstance(answer, Failure)
    assert answer.status is None


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH\r\n\r\n", b"", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_what_is_no_answer_is_a_failure(said: bytes) -> None:
    with saying(said) as url:
        answer = post(url)

    assert isinstance(answer, Failure)
    assert answer.status is None


def test_whoever_does_not_answer_in_time_has_failed() -> None:
    go_on = threading.Event()

    def late(got: Got) -> Reply:
        go_on.wait(60)
        return Reply()

    with Receiver(late) as receiver:
        answer = post(receiver.url, timeout_seconds=0.2)
        go_on.set()

    assert answer == Failure(None, "no answer within 0.2 s")


def test_a_certificate_is_looked_at() -> None:
    with Receiver() as receiver:
        answer = post(receiver.url.replace("http://", "https://"))

    assert isinstance(answer, Failure)
    assert receiver.got == []


# -- when it is tried again --------------------------------------------------------------------------------------------


def test_pauses_double_up_to_the_longest_and_chance_takes_up_to_a_quarter_away() -> None:
    schedule = Schedule(first=5, most=3_600, dead_after=259_200)

    assert [schedule.pause(attempts, 0.0) for attempts in (1, 2, 3, 10, 11, 500)] == [5, 10, 20, 2_560, 3_600, 3_600]
    assert [schedule.pause(attempts, 1.0) for attempts in (1, 11)] == [3.75, 2_700]


def test_a_receiver_may_ask_for_longer_but_not_for_shorter() -> None:
    schedule = Schedule(first=5, most=3_600)

    assert schedule.pause(3, 0.0, 1.0) == 20
    assert schedule.pause(1, 0.0, 60.0) == 60
    assert schedule.pause(1, 0.0, 1e9) == 3_600


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120.0), (" 0 ", 0.0), ("Thu, 26 Nov 2026 10:01:00 GMT", 60.0), ("Thu, 26 Nov 2026 09:00:00 GMT", 0.0),
        ("9" * 400, 999_999_999.0), ("soon", None), ("", None), ("-5", None), ("١٢", None),
    ],
)  # fmt: skip
def test_retry_after_says_seconds_or_a_date(said: str, seconds: float | None) -> None:
    assert seconds_of(said, NOW) == seconds


def test_a_webhook_is_dead_when_nothing_was_acknowledged_for_long_enough() -> None:
    schedule = Schedule(first=1, most=10, dead_after=60)
    first = failed(Delivery(webhook="w", position=7), Failure(500, "broken"), 1_000_000, schedule, 0.0)
    later = failed(first, Failure(None, "away"), 60_999_999, schedule, 0.0)
    last = failed(later, Failure(None, "away"), 61_000_000, schedule, 0.0)

    assert (first.attempts, first.failing_since, first.next_attempt, first.dead_since) == (
        1,
        1_000_000,
        2_000_000,
        None,
    )
    assert (later.attempts, later.failing_since, later.dead_since) == (2, 1_000_000, None)
    assert (last.position, last.next_attempt, last.dead_since) == (7, None, 61_000_000)
    assert last.dead_because == "nothing was acknowledged for 60 s, in 3 attempts: away"


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_a_new_secret_has_32_bytes_and_is_another_each_time() -> None:
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


def test_a_signature_is_the_one_of_the_example_that_the_scheme_publishes() -> None:
    headers = signed(
        b'{"test": 2432232314}',
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    )

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "said", ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_" + "A" * 200, "whsec_é"]
)
def test_what_is_no_secret_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(BadSecret) as refused:
        key_of(said)

    assert str(refused.value) == "a secret is whsec_ and base64 of 24 to 64 bytes"


@pytest.mark.parametrize(
    ("url", "by_default", "where_private"),
    [
        ("https://oa.example/hook", None, None),
        ("https://10.0.0.7/hook", None, None),
        ("http://oa.example/hook", "without TLS, which TXAPI_WEBHOOK_HTTP=private", None),
        ("http://10.0.0.7/hook", "without TLS, which TXAPI_WEBHOOK_HTTP=private", None),
        ("http://localhost:9000/hook", "without TLS, which TXAPI_WEBHOOK_HTTP=private", None),
        ("https://localhost/hook", "this machine itself", None),
        ("https://[::1]/hook", "this machine itself", None),
        ("http://93.184.216.34/hook", "by https only", "by https only"),
        ("https://169.254.169.254/latest", "link-local or metadata", "link-local or metadata"),
        ("ftp://oa.example/hook", "no URL of http", "no URL of http"),
    ],
)
def test_what_a_url_says_of_itself_is_enough_to_say_that_it_is_never_called(
    url: str, by_default: str | None, where_private: str | None
) -> None:
    for plain_http, wanted in ((False, by_default), (True, where_private)):
        told = why_never(url, plain_http=plain_http)

        assert (told is None) == (wanted is None), told
        assert wanted is None or wanted in (told or "")
