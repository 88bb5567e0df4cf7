"""The official code's micro-batches: sequences shared out to GPUs and then cut, both by largest differencing."""

import heapq
from collections.abc import Sequence

Part = tuple[int, list[int]]  # sum of sizes, indices


def official_split(lengths_B: Sequence[int], gpus: int, max_tokens: int) -> list[list[int]]:
    """Micro-batches of one optimizer step, indices into the sequences, none empty.

    Each GPU is given the same number of sequences (one less for some, where it does not come out even), of about equal
    tokens. Each share is cut into as many parts as the fullest one has `max_tokens` in it; a part may be a little
    above. `lengths_B` are of prompt and response together.
    """
    shares = largest_differencing(lengths_B, gpus, equal_counts=True)
    parts = max(-(-sum(lengths_B[i] for i in share) // max_tokens) for share in shares)
    found = []
    for share in shares:
        own = largest_differencing([lengths_B[i] for i in share], min(parts, len(share)))
        found += [[share[i] for i in members] for members in own]
    return found


def largest_differencing(sizes_N: Sequence[int], parts: int, equal_counts: bool = False) -> list[list[int]]:
    """0..N-1 in `parts` lists of about equal sums, or also of equal counts (Karmarkar and Karp, 1982; for several parts
    and equal counts Michiels, Korst and Aarts, 2003).

    Begins with many partial solutions, each item one of its own (with equal counts: the `parts` largest, the next, and
    so on), and joins the two whose sums differ most, largest part to smallest, until one is left. Ties go by the order
    of the items. Where N is no multiple of `parts` and counts are to be equal they differ by one.
    """
    order = sorted(range(len(sizes_N)), key=lambda i: (-sizes_N[i], i))
    width = parts if equal_counts else 1
    heap: list[tuple[int, int, list[Part]]] = []  # -(largest - smallest sum), age, parts by falling sums
    for age, start in enumerate(range(0, len(order), width)):
        filled: list[Part] = [(sizes_N[i], [i]) for i in order[start : start + width]]
        _push(heap, age, filled + [(0, []) for _ in range(parts - len(filled))])
    for age in range(len(heap), 2 * len(heap) - 1):
        (_, _, first), (_, _, second) = heapq.heappop(heap), heapq.heappop(heap)
        joined = [(a + b, mine + theirs) for (a, mine), (b, theirs) in zip(first, reversed(second))]
        _push(heap, age, sorted(joined, key=lambda part: -part[0]))
    return [sorted(members) for _, members in heap[0][2] if members] if heap else []


def _push(heap: list[tuple[int, int, list[Part]]], age: int, parts: list[Part]) -> None:
    heapq.heappush(heap, (parts[-1][0] - parts[0][0], age, parts))
