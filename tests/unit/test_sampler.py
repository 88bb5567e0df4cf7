"""Batches are a pure function of seed and step, and every epoch uses every row at most once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneshot_rlvr.data.sampler import BatchSampler
from oneshot_rlvr.errors import UserError


@given(
    rows=st.integers(1, 60), per_step=st.integers(1, 60), seed=st.integers(-5, 2**40), epoch=st.integers(0, 5),
)  # fmt: skip
def test_an_epoch_covers_every_row_once_but_the_dropped_ones(rows: int, per_step: int, seed: int, epoch: int) -> None:
    if rows < per_step:
        return
    sampler = BatchSampler(rows, per_step, shuffle=True, seed=seed)
    first = epoch * sampler.batches_per_epoch + 1
    drawn = [row for step in range(first, first + sampler.batches_per_epoch) for row in sampler.batch(step)]
    assert len(drawn) == len(set(drawn)) == rows // per_step * per_step
    assert set(drawn) <= set(range(rows))
    assert {sampler.epoch(step) for step in range(first, first + sampler.batches_per_epoch)} == {epoch}


def test_one_batch_is_one_epoch_when_the_rows_fill_it() -> None:
    sampler = BatchSampler(128, 128, shuffle=True, seed=1)
    assert sorted(sampler.batch(1)) == sorted(sampler.batch(2)) == list(range(128))
    assert sampler.batch(1) != sampler.batch(2)  # a new permutation each epoch
    assert sampler.epoch(2000) == 1999


def test_dsr_sub_has_nine_batches_and_leaves_other_rows_out_each_epoch() -> None:
    sampler = BatchSampler(1209, 128, shuffle=True, seed=1)
    assert sampler.batches_per_epoch == 9
    left_out = [
        set(range(1209)) - {row for step in range(9 * epoch + 1, 9 * epoch + 10) for row in sampler.batch(step)}
        for epoch in range(2)
    ]
    assert [len(rows) for rows in left_out] == [57, 57]
    assert left_out[0] != left_out[1]


def test_resuming_needs_no_state_and_the_stream_is_pinned() -> None:
    batches = [BatchSampler(10, 3, shuffle=True, seed=7).batch(step) for step in range(1, 9)]
    again = BatchSampler(10, 3, shuffle=True, seed=7)
    assert [again.batch(step) for step in range(8, 0, -1)] == batches[::-1]
    assert batches != [BatchSampler(10, 3, shuffle=True, seed=8).batch(step) for step in range(1, 9)]
    # A run begun today must resume with the same batches under any later NumPy.
    assert batches[:4] == [[6, 3, 4], [9, 0, 2], [8, 7, 5], [1, 3, 2]]


def test_without_shuffling_rows_come_in_file_order() -> None:
    sampler = BatchSampler(7, 2, shuffle=False, seed=1)
    assert [sampler.batch(step) for step in (1, 2, 3, 4)] == [[0, 1], [2, 3], [4, 5], [0, 1]]


def test_too_few_rows_are_refused_with_the_number_of_copies_needed() -> None:
    with pytest.raises(UserError, match=r"3 training rows .*prompts_per_step=128; raise data.copies 43-fold"):
        BatchSampler(3, 128, shuffle=True, seed=1)
    with pytest.raises(ValueError, match="count from 1"):
        BatchSampler(3, 3, shuffle=True, seed=1).batch(0)
