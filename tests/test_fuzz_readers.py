"""What a stranger writes is read or refused: any bytes, the same each time, and soon.

`python tests/fuzzing.py NAME` searches longer for what breaks one of these.
"""

import time

import pytest
from fuzzed import TARGETS, Target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

SECONDS = 1.0
"""Of the processor, for the longest that a reader may be given; most take a hundredth of that."""


def texts(target: Target) -> st.SearchStrategy[bytes]:
    """Return noise, and texts of words that mean something there, some of them changed."""
    words = st.sampled_from(target.pieces) | st.binary(max_size=3)
    return st.lists(words, max_size=30).map(b"".join) | st.binary(max_size=200)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused(name: str) -> None:
    target = TARGETS[name]

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(texts(target))
    def check(data: bytes) -> None:
        target.check(data)

    check()


@pytest.mark.parametrize("name", TARGETS)
def test_what_repeats_itself_to_the_limit_takes_no_longer_than_its_length(name: str) -> None:
    target = TARGETS[name]
    few = st.lists(st.sampled_from(target.pieces), max_size=3).map(b"".join)

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(few, few, few)
    def check(front: bytes, again: bytes, end: bytes) -> None:
        data = front + again * (target.most // max(len(again), 1)) + end
        began = time.thread_time()
        target.check(data)
        assert time.thread_time() - began < SECONDS

    check()
