"""A sampler and a tokenizer without a model, for tests of everything around sampling."""

import random
from dataclasses import replace
from typing import Callable, Sequence

from oneshot_rlvr.types import Rollout, Sampling


class FakeTokenizer:
    """One token per character."""

    chat_template = None
    bos_token_id = None

    def encode(self, text: str, add_special_tokens: bool = False) -> list[int]:
        return [ord(c) for c in text]


class FakeSampler:
    """Says what `respond(prompt, seed)` returns; counts what it was asked. Finishes in shuffled order."""

    def __init__(self, respond: Callable[[str, int], str], die_after: int | None = None, streams: bool = True) -> None:
        self.respond = respond
        self.die_after = die_after
        self.streams = streams
        self.calls: list[tuple[list[Rollout], Sampling]] = []
        self.version = 0
        self.made: list[tuple[str, int]] = []

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling,
        on_finished: Callable[[int, Rollout], None] | None = None,
    ) -> list[Rollout]:  # fmt: skip
        self.calls.append((list(asked), sampling))
        rollouts: dict[int, Rollout] = {}
        order = list(range(len(asked)))
        random.Random(0).shuffle(order)
        for index in order:
            if self.die_after is not None and len(self.made) == self.die_after:
                raise KeyboardInterrupt
            prompt = "".join(map(chr, asked[index].task.prompt_ids))
            self.made.append((prompt, asked[index].seed))
            text = self.respond(prompt, asked[index].seed)
            length = min(len(text) + 1, sampling.max_new_tokens)
            reason = "stop" if len(text) < sampling.max_new_tokens else "length"
            rollouts[index] = replace(
                asked[index], token_ids=(7,) * length, logprobs=(-0.5,) * length, finish_reason=reason,
                text=text[: sampling.max_new_tokens], version=self.version,
            )  # fmt: skip
            if self.streams and on_finished is not None:
                on_finished(index, rollouts[index])
        return [rollouts[i] for i in range(len(asked))]
