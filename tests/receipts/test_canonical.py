"""The canonical form is that of RFC 8785: one value, one sequence of bytes, whatever order its keys came in."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from txapi.receipts.canonical import canonical, hash_of, number

EXACT = 2**53 - 1
"""The largest integer that the RFC writes; beyond it a double would lose digits."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=20
)


@given(VALUES)
def test_the_form_is_what_the_reference_implementation_of_the_rfc_writes(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_is_written_as_ecmascript_writes_it_and_reads_back_as_itself(value: float) -> None:
    assert number(value).encode() == rfc8785.dumps(value)
    assert float(number(value)) == value


def test_an_integer_beyond_a_double_keeps_its_digits() -> None:
    assert canonical([2**53 + 1, -(10**30)]) == b"[9007199254740993,-1000000000000000000000000000000]"


def test_keys_are_ordered_by_their_utf_16_code_units() -> None:
    # U+1F600 is written with two units, D83D DE00: before U+FB33, although its code point is the larger one.
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "a": 3}) == '{"a":3,"\U0001f600":2,"\ufb33":1}'.encode()


def test_the_hash_is_that_of_the_bytes() -> None:
    assert hash_of({"b": 1, "a": [None, True]}) == hashlib.sha256(b'{"a":[null,true],"b":1}').hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1: 2}, {"a": object()}, {"\ud800": 1}])
def test_what_json_cannot_say_has_no_form(value: Any) -> None:
    with pytest.raises(ValueError, match="no canonical form"):
        canonical(value)
