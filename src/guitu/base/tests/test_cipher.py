"""Sensitive texts open with their own key, at their own place, and never after erasure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guitu.base import cipher
from guitu.base.cipher import CipherError
from guitu.base.models import DataKey

KEY = cipher.PROVIDERS[cipher.DEFAULT_PROVIDER].new_key()
AES = cipher.PROVIDERS[cipher.DEFAULT_PROVIDER]


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_was_sealed_opens_again(clear, context):
    assert AES.open(KEY, AES.seal(KEY, clear, context=context), context=context) == clear


def test_the_same_text_never_looks_the_same():
    assert AES.seal(KEY, b"x", context=b"c") != AES.seal(KEY, b"x", context=b"c")


@given(st.data())
def test_any_altered_bit_is_noticed(data):
    sealed = bytearray(AES.seal(KEY, b"320115", context=b"c"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(CipherError):
        AES.open(KEY, bytes(sealed), context=b"c")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(28)])
def test_what_was_never_sealed_is_refused(sealed):
    with pytest.raises(CipherError, match="does not open"):
        AES.open(KEY, sealed, context=b"c")


def test_a_text_moved_to_another_column_or_owner_does_not_open():
    one, other = DataKey.make(), DataKey.make()
    sealed = one.seal("13800000147", context="person.phone")
    assert one.open(memoryview(sealed), context="person.phone") == "13800000147"
    for key, context in ((one, "person.address"), (other, "person.phone")):
        with pytest.raises(CipherError):
            key.open(sealed, context=context)
    other.wrapped = one.wrapped
    with pytest.raises(CipherError):
        other.open(sealed, context="person.phone")


def test_after_erasure_nobody_opens_it():
    key = DataKey.make()
    sealed = key.seal("x", context="c")
    key.wrapped = b""
    with pytest.raises(CipherError, match="destroyed by erasure"):
        key.open(sealed, context="c")


def test_an_empty_text_stays_empty():
    key = DataKey.make()
    assert key.seal("", context="c") == b""
    assert key.open(b"", context="c") == ""


def test_a_lookup_hash_is_stable_and_tells_kinds_apart():
    first = cipher.lookup_hash("phone", "1")
    assert first == cipher.lookup_hash("phone", "1")
    assert len(first) == 32
    assert len({first, cipher.lookup_hash("phone", "2"), cipher.lookup_hash("id", "1")}) == 3
