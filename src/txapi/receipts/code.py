"""What decides an answer besides the record: this code, the libraries that execute operations, the schema."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version

from txapi.projections.views import fingerprint
from txapi.schema.schema import schema_text

DISTRIBUTION = "tongxiang-record"
DECIDING = (
    "domain", "record/codec.py", "record/instants.py", "record/record.py", "projections", "application", "audit", "schema",
    "receipts",
)  # fmt: skip
"""The packages and modules whose source decides answers."""

LIBRARIES = ("graphql-core", "msgspec", "strawberry-graphql")
"""The libraries that decide answers: they read operations, execute them, and write values."""


@cache
def code_version() -> str:
    """The version of the package, and after a plus sign what names its source exactly."""
    return f"{version(DISTRIBUTION)}+{fingerprint(DECIDING)}"


@cache
def library_versions() -> dict[str, str]:
    """The version of each library that decides answers."""
    return {name: version(name) for name in LIBRARIES}


@cache
def schema_hash() -> str:
    """SHA-256 of the schema as it is published, in hexadecimal digits."""
    return hashlib.sha256(schema_text().encode()).hexdigest()
