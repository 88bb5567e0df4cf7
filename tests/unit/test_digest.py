"""The checksum of weights: what it does not see is nothing."""

import pytest
import torch

from oneshot_rlvr.weights.checksum import COLUMNS, WRAP, Digest, Tally, bits, digest_of


def by_hand(tensor: torch.Tensor) -> int:
    """Word n counts 2 n + 1 times, a byte at the end like a word."""
    data = tensor.contiguous().flatten().view(torch.uint8).tolist()
    whole = len(data) // 8
    words = [int.from_bytes(bytes(data[8 * n : 8 * n + 8]), "little", signed=True) for n in range(whole)]
    return sum((2 * n + 1) * word for n, word in enumerate([*words, *data[8 * whole :]])) & WRAP


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(), (1,), (3,), (7, 5), (2 * COLUMNS + 3, 9), (64, 64)])
def test_it_is_the_sum_written_out(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    tensor = torch.randn(shape, generator=torch.Generator().manual_seed(3)).to(dtype)
    assert int(bits(tensor)) & WRAP == by_hand(tensor)


def test_views_and_transposes_count_as_what_they_hold() -> None:
    buffer = torch.randn(1001).to(torch.bfloat16)
    assert int(bits(buffer[1:501])) == int(bits(buffer[1:501].clone()))
    square = torch.randn(30, 30)
    assert int(bits(square.T)) == int(bits(square.T.contiguous())) != int(bits(square))


def test_every_single_bit_and_every_exchange_shows() -> None:
    tensor = torch.randn(3000)
    before = int(bits(tensor))
    words = tensor.view(torch.int64)
    for word in (0, 1, COLUMNS - 1, COLUMNS, len(words) - 1):
        for bit in range(64):
            words[word] ^= 1 << bit if bit < 63 else -(1 << 63)
            assert int(bits(tensor)) != before, (word, bit)
            words[word] ^= 1 << bit if bit < 63 else -(1 << 63)
    swapped = tensor.clone()
    swapped[[4, 2000]] = swapped[[2000, 4]]
    assert int(bits(swapped)) != before == int(bits(tensor))


def test_names_and_numbers_of_tensors_count() -> None:
    a, b = torch.randn(8), torch.randn(8)
    assert digest_of([("x", a), ("y", b)]) == digest_of([("y", b), ("x", a)])
    assert digest_of([("x", a), ("y", b)]) != digest_of([("x", b), ("y", a)])
    assert digest_of([("x", a)]).tensors == 1
    tally = Tally()
    assert [name for name, _ in tally.seen([("x", a), ("x", b)])] == ["x", "x"]
    assert tally.digest() == digest_of([("x", b)]) and tally.digest().tensors == 1
    assert str(Digest(3, 255)) == "3 tensors with checksum 00000000000000ff"
