"""An OpenID provider for tests: a process of its own that keeps keys, rotates them when told, and signs whatever it is told to."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import get_default_algorithms

DISCOVERY = "/.well-known/openid-configuration"
ALGORITHMS = ("EdDSA", "ES256", "RS256")


def new_key(algorithm: str) -> Any:
    """A private key for an algorithm."""
    match algorithm:
        case "EdDSA":
            return Ed25519PrivateKey.generate()
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


def public_jwk(key: Any, algorithm: str, kid: str) -> dict[str, Any]:
    """The public half of a key, as a set of keys lists it."""
    jwk: dict[str, Any] = get_default_algorithms()[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {
        **{name: value for name, value in jwk.items() if name != "key_ops"},
        "kid": kid,
        "use": "sig",
        "alg": algorithm,
    }


class _State:
    """What the provider has and does."""

    def __init__(self) -> None:
        self.keys = {algorithm: (f"{algorithm}-1", new_key(algorithm)) for algorithm in ALGORITHMS}
        self.answer: dict[str, Any] = {"status": 200, "maxAge": 300, "issuer": None, "seconds": 0}
        self.asked: Counter[str] = Counter()
        self.rotations = 1
        self.lock = threading.Lock()
        self.done = threading.Event()


class _Door(BaseHTTPRequestHandler):
    state: _State

    def do_GET(self) -> None:
        """Discovery, and the set of keys."""
        state = self.state
        with state.lock:
            state.asked[self.path] += 1
        address = f"http://{self.headers['host']}"
        state.done.wait(state.answer["seconds"])
        if self.path == DISCOVERY:
            self._say({"issuer": state.answer["issuer"] or address, "jwks_uri": f"{address}/keys"})
        elif self.path == "/moved":
            self.send_response(302)
            self.send_header("location", f"{address}/keys")
            self.end_headers()
        else:
            self._say({"keys": [public_jwk(key, algorithm, kid) for algorithm, (kid, key) in state.keys.items()]})

    def do_POST(self) -> None:
        """What a test tells it to do."""
        state = self.state
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said: Any = {}
        match self.path:
            case "/sign":
                kid, key = state.keys[told["algorithm"]]
                header = {"kid": kid, **told["header"]}
                said = jwt.encode(told["claims"], key, algorithm=told["algorithm"], headers=header)
            case "/rotate":
                state.rotations += 1
                for algorithm in ALGORITHMS if told is None else [told]:
                    state.keys[algorithm] = (f"{algorithm}-{state.rotations}", new_key(algorithm))
            case "/answer":
                state.answer.update(told)
            case "/asked":
                with state.lock:
                    said = dict(state.asked)
                    state.asked.clear()
        self._say(said, control=True)

    def _say(self, said: Any, *, control: bool = False) -> None:
        body = json.dumps(said).encode()
        self.send_response(200 if control else self.state.answer["status"])
        self.send_header("cache-control", f"public, max-age={self.state.answer['maxAge']}")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class AProvider:
    """The provider, from the test's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.openid_provider"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        self._client = httpx.Client(base_url=self.address, timeout=60, trust_env=False)

    def _told(self, path: str, said: Any = None) -> Any:
        return self._client.post(path, content=json.dumps(said)).json()

    def signed(self, claims: dict[str, Any], algorithm: str = "ES256", **header: Any) -> str:
        """A token with these claims, and this in its header, signed with the key that the provider has now."""
        token: str = self._told("/sign", {"claims": claims, "algorithm": algorithm, "header": header})
        return token

    def rotate(self, algorithm: str | None = None) -> None:
        """Replace the key for an algorithm, or all."""
        self._told("/rotate", algorithm)

    def answer(self, **how: Any) -> None:
        """Answer so from now on: status, maxAge, issuer, seconds to wait first."""
        self._told("/answer", how)

    def asked(self) -> int:
        """How often keys or the description were asked for since this was last called."""
        return sum(self._told("/asked").values())

    def public_keys(self) -> list[dict[str, Any]]:
        """The public keys."""
        found: list[dict[str, Any]] = self._client.get("/keys").json()["keys"]
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()
        self._process.communicate()


def main() -> None:
    """Serve until standard input ends."""
    _Door.state = _State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    _Door.state.done.set()


if __name__ == "__main__":
    main()
