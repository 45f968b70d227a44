"""A provider's tokens say who asks, by keys that rotate; every way to be believed without its key is refused (RFC 8725)."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import anyio.from_thread
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.web.openid_provider import ALGORITHMS, AProvider, new_key, public_jwk
from tests.web.serving import REGISTER, Served, unit
from txapi.domain.event import Actor, Role
from txapi.web.answers import HttpError
from txapi.web.jwks import AGAIN_SECONDS, KEPT_SECONDS, BadKeySet, Fetched, Keys, KeysUnavailable, fetched, keys_of
from txapi.web.provider import Claims, Provider
from txapi.web.tokens import MOST_TOKEN_BYTES, BadToken, Carried, Tokens, parts_of
from txapi.web.viewers import Viewers

pytestmark = pytest.mark.only_on("sqlite", because="tokens are read before any record is")
AUDIENCE = "txapi.example"
ROLES = Claims(roles=(("city-supervision", Role.SUPERVISOR), ("town-clerks", Role.CLERK), ("everyone", Role.READER)))


@pytest.fixture(scope="module")
def provider() -> Iterator[AProvider]:
    with AProvider() as started:
        yield started


@pytest.fixture(autouse=True)
def well(provider: AProvider) -> None:
    """The provider works when a test begins."""
    provider.answer(status=200, maxAge=300, issuer=None, seconds=0)
    provider.asked()


class Reading:
    """Reads a provider's tokens, by a clock that the test sets."""

    def __init__(self, provider: AProvider, claims: Claims = ROLES, source: Any = None, **more: Any) -> None:
        self.now = 1000.0
        self.keys = Keys(provider.address, source, clock=lambda: self.now)
        self.provider = Provider(provider.address, AUDIENCE, self.keys, claims, **more)

    def __call__(self, token: str) -> Actor:
        return self.carried(token).actor

    def carried(self, token: str) -> Carried:
        """Who carries a token, and until when."""
        return anyio.run(self.provider.carried, parts_of(token))


@pytest.fixture
def read(provider: AProvider) -> Reading:
    return Reading(provider)


def claims(provider: AProvider, **other: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": provider.address, "aud": AUDIENCE, "sub": "u-17", "roles": ["everyone", "city-supervision"], "iat": now,
        "exp": now + 600,
    }  # fmt: skip
    return {name: value for name, value in {**usual, **other}.items() if value is not None}


def plain(header: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = (json.dumps(header).encode(), json.dumps(said).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


# -- who is believed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_the_provider_says_who_asks_with_the_issuer_in_the_name(
    provider: AProvider, read: Reading, algorithm: str
) -> None:
    token = provider.signed(claims(provider), algorithm)

    assert read(token) == Actor(f"{provider.address}#u-17", Role.SUPERVISOR)


def test_access_tokens_and_id_tokens_are_both_taken_and_so_are_nested_claims(provider: AProvider) -> None:
    read = Reading(provider, Claims("sub", "realm_access.roles", "org", ROLES.roles))
    said = claims(provider, roles=None, realm_access={"roles": ["town-clerks"]}, org=["chongfu"])

    for kind in ("JWT", "at+jwt", "application/at+jwt"):
        assert read(provider.signed(said, typ=kind)) == Actor(f"{provider.address}#u-17", Role.CLERK, "chongfu")


def test_clocks_may_be_a_minute_apart_and_a_token_lasts_as_long(provider: AProvider, read: Reading) -> None:
    now = int(time.time())
    ended = provider.signed(claims(provider, exp=now - 30, iat=now - 600))

    assert read(ended).role is Role.SUPERVISOR
    assert read.carried(ended).until.timestamp() == now + 30
    assert read(provider.signed(claims(provider, iat=now + 30, nbf=now + 30))).role is Role.SUPERVISOR


def test_a_token_for_several_audiences_says_which_client_it_was_issued_to(provider: AProvider) -> None:
    several = claims(provider, aud=["account", AUDIENCE])
    token = provider.signed({**several, "azp": "console"})

    assert Reading(provider)(token).role is Role.SUPERVISOR
    assert Reading(provider, clients=["console"])(token).role is Role.SUPERVISOR
    for refusing, said in (
        (Reading(provider), several),
        (Reading(provider), {**several, "azp": 7}),
        (Reading(provider, clients=["board"]), {**several, "azp": "console"}),
        (Reading(provider, clients=["board"]), claims(provider)),
    ):
        with pytest.raises(BadToken):
            refusing(provider.signed(said))


# -- who is not ----------------------------------------------------------------------------------------------------

NOW = int(time.time())
WRONG: dict[str, dict[str, Any]] = {
    "expired": {"exp": NOW - 120, "iat": NOW - 600},
    "issued later": {"iat": NOW + 86_400, "exp": NOW + 90_000},
    "not yet good": {"nbf": NOW + 86_400},
    "good for ever": {"exp": NOW + 10_000_000_000},
    "an end beyond all numbers": {"exp": 1e300},
    "without an end": {"exp": None},
    "without a beginning": {"iat": None},
    "for another audience": {"aud": "somebody"},
    "for other audiences": {"aud": ["somebody", "else"], "azp": "a"},
    "for nobody": {"aud": None},
    "for numbers": {"aud": [AUDIENCE, 7], "azp": "a"},
    "without a subject": {"sub": None},
    "of an empty subject": {"sub": ""},
    "of a subject on two lines": {"sub": "a\nb"},
    "of a long subject": {"sub": "a" * 256},
    "without a role": {"roles": None},
    "of an unknown role": {"roles": ["emperor"]},
    "of our role's own name, where theirs are mapped": {"roles": ["administrator"]},
    "of a role that is an object": {"roles": {"town-clerks": True}},
    "of a clerk without a unit": {"roles": "town-clerks"},
    "of two units": {"roles": "town-clerks", "unit": ["chongfu", "dama"]},
    "of a unit that is a number": {"roles": "town-clerks", "unit": 7},
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG.keys())
def test_a_token_that_says_what_is_not_so_is_not_believed(
    provider: AProvider, read: Reading, said: dict[str, Any]
) -> None:
    token = provider.signed(claims(provider, **said))

    with pytest.raises(BadToken):
        read(token)


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "logout+jwt"}, {"typ": "dpop+jwt"}, {"typ": 7}, {"crit": ["exp"]}, {"kid": "nobody's"}, {"kid": "RS256-1"},
    ],
)  # fmt: skip
def test_a_token_of_another_kind_or_of_a_key_for_another_algorithm_is_not_believed(
    provider: AProvider, read: Reading, header: dict[str, Any]
) -> None:
    said = claims(provider)
    try:
        token = provider.signed(said, **header)
    except json.JSONDecodeError:
        token = plain({"alg": "ES256", "kid": "ES256-1", **header}, said, b"x" * 64)

    with pytest.raises(BadToken):
        read(token)


def test_neither_no_signature_nor_one_made_with_the_public_key_is_believed(provider: AProvider, read: Reading) -> None:
    said = claims(provider)
    for jwk in provider.public_keys():
        public = jwt.PyJWK(jwk).key
        encodings: list[bytes] = [
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
            json.dumps(jwk).encode(),
        ]
        for algorithm in ("HS256", "HS384", "HS512"):
            header = {"alg": algorithm, "kid": jwk["kid"]}
            for secret in encodings:
                signature = jwt.algorithms.HMACAlgorithm(_HASHES[algorithm]).sign(
                    plain(header, said).rpartition(".")[0].encode(), secret
                )
                with pytest.raises(BadToken):
                    read(plain(header, said, signature))
        for none in ("none", "None", "NONE", "nOnE", ""):
            with pytest.raises(BadToken):
                read(plain({"alg": none, "kid": jwk["kid"]}, said))


_HASHES = {
    "HS256": jwt.algorithms.HMACAlgorithm.SHA256,
    "HS384": jwt.algorithms.HMACAlgorithm.SHA384,
    "HS512": jwt.algorithms.HMACAlgorithm.SHA512,
}


def test_a_key_that_a_token_brings_or_points_to_is_never_used(provider: AProvider, read: Reading) -> None:
    own = new_key("ES256")
    jwk = public_jwk(own, "ES256", "own")
    said = claims(provider)
    assert read(provider.signed(said)).role is Role.SUPERVISOR
    provider.asked()

    for header in (
        {"jwk": jwk}, {"jwk": jwk, "kid": "ES256-1"}, {"jku": f"{provider.address}/elsewhere", "kid": "own"},
        {"x5u": f"{provider.address}/elsewhere"}, {"x5c": ["MIIB"]},
    ):  # fmt: skip
        with pytest.raises(BadToken):
            read(jwt.encode(said, own, algorithm="ES256", headers=header))

    assert provider.asked() == 0


def test_what_is_no_token_at_all_asks_nobody(provider: AProvider) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode()
    texts = [
        "",
        ".",
        "..",
        "a.b.c",
        "é.é.é",
        f"{deep}.{deep}.",
        f"e30.{deep}.e30",
        "e30.W10.e30",
        "a" * (MOST_TOKEN_BYTES + 1),
    ]

    for text in texts:
        with pytest.raises(BadToken):
            parts_of(text)

    assert provider.asked() == 0


_PARTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(("alg", "kid", "typ", "crit", "iss", "sub", "aud", "exp", "iat", "roles")),
    st.none()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(("ES256", "ES256-1", "EdDSA", AUDIENCE))
    | st.just([]),
)


@given(header=_PARTS, said=_PARTS, signature=st.binary(max_size=70), junk=st.text(max_size=20), at=st.integers(0, 60))
def test_whatever_is_sent_as_a_token_is_refused_in_one_way(
    provider: AProvider, header: dict[str, Any], said: dict[str, Any], signature: bytes, junk: str, at: int
) -> None:
    read = Reading(provider)
    token = plain(header, {**said, "iss": provider.address}, signature)

    for text in (token, token[:at] + junk + token[at:]):
        with pytest.raises(BadToken):
            read(text)


def test_an_algorithm_that_no_key_here_is_for_asks_nobody(provider: AProvider, read: Reading) -> None:
    for algorithm in ("none", "HS256", "ES384", "PS256", "EdDSA448", 7, None):
        with pytest.raises(BadToken):
            read(plain({"alg": algorithm, "kid": "k"}, claims(provider)))

    assert provider.asked() == 0


# -- keys ----------------------------------------------------------------------------------------------------------


def test_keys_are_asked_for_once_and_again_when_they_are_old(provider: AProvider, read: Reading) -> None:
    token = provider.signed(claims(provider))

    for _ in range(20):
        read(token)
    assert provider.asked() == 2  # the description, and the keys

    read.now += 299
    read(token)
    assert provider.asked() == 0
    read.now += 2
    read(token)
    assert provider.asked() == 2


def test_a_key_that_rotates_is_taken_at_once_and_the_old_one_no_more(provider: AProvider, read: Reading) -> None:
    before = provider.signed(claims(provider))
    read(before)
    read.now += AGAIN_SECONDS
    provider.rotate()
    after = provider.signed(claims(provider))

    assert read(after).role is Role.SUPERVISOR
    with pytest.raises(BadToken):
        read(before)


def test_what_a_key_has_checked_is_believed_as_long_as_that_key_is_the_providers(
    provider: AProvider, read: Reading
) -> None:
    carried = read.carried(provider.signed(claims(provider)))
    assert carried.still()

    read.now += AGAIN_SECONDS
    provider.rotate()
    read(provider.signed(claims(provider)))
    rotated = carried.still()
    carried = read.carried(provider.signed(claims(provider)))
    read.now += 301
    stale = carried.still()
    read.now += 100_000

    assert (rotated, stale, carried.still()) == (False, False, False)


def test_strangers_who_name_keys_at_will_do_not_make_this_server_ask_and_ask(
    provider: AProvider, read: Reading
) -> None:
    good = provider.signed(claims(provider))
    read(good)
    provider.asked()
    read.now += AGAIN_SECONDS
    for number in range(50):
        with pytest.raises(BadToken):
            read(provider.signed(claims(provider), kid=f"made-up-{number}"))
        read.now += 0.1

    assert provider.asked() == 2
    assert read(good).role is Role.SUPERVISOR


def test_of_many_who_come_at_once_one_asks_and_all_wait_for_the_answer(provider: AProvider, read: Reading) -> None:
    provider.answer(seconds=0.3)
    token = parts_of(provider.signed(claims(provider)))
    found: list[Carried] = []

    async def ask() -> None:
        found.append(await read.provider.carried(token))

    async def all_at_once() -> None:
        began = anyio.Event()

        def fetch(address: str) -> Fetched:
            anyio.from_thread.run_sync(began.set)
            return fetched(address)

        read.keys.fetch = fetch
        async with anyio.create_task_group() as asking:
            asking.start_soon(ask)
            await began.wait()
            for _ in range(39):
                asking.start_soon(ask)

    anyio.run(all_at_once)

    assert len(found) == 40
    assert provider.asked() == 2


def test_while_the_provider_is_away_its_keys_are_kept_for_an_hour_beyond_their_time(
    provider: AProvider, read: Reading
) -> None:
    token = provider.signed(claims(provider))
    read(token)
    provider.answer(status=503)

    read.now += 300 + KEPT_SECONDS - 1
    assert read(token).role is Role.SUPERVISOR
    read.now += 2
    with pytest.raises(KeysUnavailable):
        read(token)
    provider.answer(status=200)
    read.now += AGAIN_SECONDS
    assert read(token).role is Role.SUPERVISOR


def test_keys_of_another_issuer_or_from_elsewhere_are_none(provider: AProvider) -> None:
    token = provider.signed(claims(provider))
    provider.answer(issuer="https://elsewhere.example")

    for source in (None, f"{provider.address}/moved", "http://elsewhere.example/keys", "file:///etc/passwd"):
        with pytest.raises(KeysUnavailable):
            Reading(provider, source=source)(token)
    assert Reading(provider, source=f"{provider.address}/keys")(token).role is Role.SUPERVISOR


def test_keys_may_lie_in_a_file_for_a_machine_that_reaches_no_provider(provider: AProvider, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": provider.public_keys()}), encoding="utf-8")
    token = provider.signed(claims(provider))
    provider.asked()

    assert Reading(provider, source=path)(token).role is Role.SUPERVISOR

    assert provider.asked() == 0
    with pytest.raises(KeysUnavailable):
        Reading(provider, source=tmp_path / "none.json")(token)


def test_a_key_is_used_for_what_it_is_for_and_with_one_algorithm() -> None:
    secret = new_key("ES256")
    good = public_jwk(secret, "ES256", "good")
    private = {**good, **jwt.algorithms.ECAlgorithm.to_jwk(secret, as_dict=True), "key_ops": ["sign", "verify"]}
    weak = public_jwk(rsa.generate_private_key(65537, 1024), "RS256", "weak")
    others: list[Any] = [
        {**good, "use": "enc"}, {**good, "alg": "RS256"}, {**good, "alg": "none"}, {**good, "key_ops": ["sign"]}, private,
        {**good, "kid": 7}, {**good, "crv": "P-384"}, {**good, "crv": ["P-256"]}, {**good, "x": "AA"}, {**good, "x": None},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "good"}, {"kty": ["EC"]}, weak, "nonsense", None,
    ]  # fmt: skip

    found = keys_of({"keys": [*others, good]})

    assert [(key.kid, key.algorithm) for key in found] == [("good", "ES256")]
    documents: list[Any] = [{"keys": [good] * 101}, {"keys": {}}, [], {}, "nonsense"]
    for document in documents:
        with pytest.raises(BadKeySet):
            keys_of(document)


def test_a_document_is_bounded_in_size(provider: AProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("txapi.web.jwks.MOST_BYTES", 100)

    with pytest.raises(ValueError, match="more than 100 bytes"):
        fetched(f"{provider.address}/keys")


def test_a_token_without_a_key_id_is_the_only_such_keys(provider: AProvider, tmp_path: Path) -> None:
    own, other = new_key("ES256"), new_key("ES256")
    token = jwt.encode(claims(provider), own, algorithm="ES256")
    listed = [public_jwk(own, "ES256", "own"), public_jwk(other, "ES256", "other")]
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    one.write_text(json.dumps({"keys": listed[:1]}), encoding="utf-8")
    two.write_text(json.dumps({"keys": listed}), encoding="utf-8")

    assert Reading(provider, source=one)(token).role is Role.SUPERVISOR
    with pytest.raises(BadToken):
        Reading(provider, source=two)(token)


# -- over HTTP -----------------------------------------------------------------------------------------------------


def test_a_server_takes_a_providers_tokens_beside_its_own(provider: AProvider, tmp_path: Path) -> None:
    settings = {
        "TXAPI_OIDC_ISSUER": provider.address,
        "TXAPI_OIDC_AUDIENCE": AUDIENCE,
        "TXAPI_OIDC_ROLES": "city-supervision=supervisor, *=reader",
    }
    with Served(tmp_path / "data", **settings) as served:
        theirs = provider.signed(claims(provider))
        stranger = provider.signed(claims(provider, roles=None))
        elsewhere = provider.signed(claims(provider, iss="https://elsewhere.example"))
        provider.asked()

        assert served.post(REGISTER, unit("none"), elsewhere).status_code == 401
        assert provider.asked() == 0
        receipt = served.post(REGISTER, unit("wutong"), theirs).json()["data"]["registerUnit"]
        assert receipt["__typename"] == "UnitReceipt"
        forbidden = served.post(REGISTER, unit("none"), stranger).json()["errors"][0]["extensions"]["code"]
        own = served.post(REGISTER, unit("dama"), served.token()).json()["data"]["registerUnit"]
        event = "query ($at: Position!) { event(position: $at) { actor { subject role } } }"
        actor = served.post(event, {"at": receipt["position"]}, theirs).json()["data"]["event"]["actor"]

        assert (forbidden, own["__typename"]) == ("FORBIDDEN", "UnitReceipt")
        assert actor == {"subject": f"{provider.address}#u-17", "role": "SUPERVISOR"}

        provider.rotate()
        provider.answer(status=503)
        assert served.post(REGISTER, unit("x"), provider.signed(claims(provider))).status_code == 401


def test_while_the_keys_of_a_provider_cannot_be_had_nobody_is_judged_by_them_and_our_own_tokens_are_good(
    provider: AProvider, read: Reading
) -> None:
    own = Tokens(Ed25519PrivateKey.generate())
    viewers = Viewers(own, anonymous_reads=True, provider=read.provider)
    token = provider.signed(claims(provider))
    provider.answer(status=503)

    with pytest.raises(HttpError) as said:
        anyio.run(viewers.asking, [f"Bearer {token}"])

    assert (said.value.status, said.value.code) == (503, "UNAVAILABLE")
    ours = own.issue("li.na", Role.LEADER, None, timedelta(hours=1))
    assert anyio.run(viewers.asking, [f"Bearer {ours}"]).viewer.subject == "li.na"


def test_whoever_has_to_do_with_the_log_only_is_no_reader(provider: AProvider) -> None:
    read = Reading(provider, Claims(roles=(("*", Role.WITNESS),)))
    viewers = Viewers(Tokens(Ed25519PrivateKey.generate()), anonymous_reads=True, provider=read.provider)

    with pytest.raises(HttpError) as said:
        anyio.run(viewers.asking, [f"Bearer {provider.signed(claims(provider))}"])

    assert (said.value.status, said.value.code) == (403, "FORBIDDEN")
