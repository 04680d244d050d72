"""No answer takes more memory than it may."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest

from eipctl.base.answers import UnusableAnswer, _unpacked

LIMIT = 1 << 20


def test_no_more_than_the_limit_is_unpacked() -> None:
    """64 MiB of blanks are refused, and never there."""
    packed = gzip.compress(b" " * (64 << 20))
    tracemalloc.start()
    with pytest.raises(UnusableAnswer, match="longer than 1 MiB"):
        _unpacked(packed, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * LIMIT


def test_several_members_are_one_answer() -> None:
    """As RFC 1952 has it; what is cut off is none."""
    packed = gzip.compress(b"a") + gzip.compress(b"b")
    assert _unpacked(packed, LIMIT) == b"ab"
    with pytest.raises(UnusableAnswer, match="truncated"):
        _unpacked(packed[:-3], LIMIT)
