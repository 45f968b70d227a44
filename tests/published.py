"""The schema as it is published, read once for all tests that go by nothing else."""

from __future__ import annotations

from graphql import build_schema

from tests.city import OPERATIONS

PUBLISHED = build_schema((OPERATIONS.parent / "schema.graphql").read_text(encoding="utf-8"))
