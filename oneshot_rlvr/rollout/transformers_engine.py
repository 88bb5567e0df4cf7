"""Sampling on a transformers model: large batches, one key-value cache, finished rows dropped."""

import inspect
import math
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from oneshot_rlvr.models.attention import explicit_attention, in_window, is_packed
from oneshot_rlvr.models.fast import fast
from oneshot_rlvr.models.head import Head
from oneshot_rlvr.models.load import decode
from oneshot_rlvr.models.plain import Decoder, Scores
from oneshot_rlvr.rollout.engine import OnFinished, collected
from oneshot_rlvr.types import FinishReason, Rollout, Sampling
from oneshot_rlvr.weights.checksum import Digest, digest_of

COMPACT_BELOW = 0.9  # share of live rows under which finished ones are dropped from the cache
GROWTH = 64  # cache slots added at a time


class DecodeCache:
    """Keys and values of all rows, [rows, H_kv, slots, D] a layer; slot s is the same time step in every row.

    Prompts are left-padded so that all rows write to the same slot. `visible` marks the slots that are not padding.
    """

    def __init__(self, visible: Tensor) -> None:
        self.visible = visible  # [rows, slots in use] bool
        self.filled = 0  # slots written in every layer
        self._keys: list[Tensor] = []
        self._values: list[Tensor] = []
        self._masks: dict[int | None, Tensor | None] = {}  # of the pass at hand, by window
        self._all_visible = bool(visible.all())

    def begin(self, new_slots: int) -> None:
        """Announces a forward pass over `new_slots` tokens a row."""
        end = self.filled + new_slots
        if end > self.visible.shape[1]:
            self.visible = F.pad(self.visible, (0, end - self.visible.shape[1]), value=True)
        self._masks = {None: None} if new_slots == 1 and self._all_visible else {}

    def _mask(self, new_slots: int, window: int | None) -> Tensor | None:
        """Slots that each new one sees, [rows, 1, new, slots] bool; None: all. Layers with one window have one mask."""
        end = self.filled + new_slots
        window = window if window is not None and window < end else None
        if window not in self._masks:
            slots = torch.arange(end, device=self.visible.device)
            mask = self.visible[:, None, :end] & in_window(slots[self.filled :, None], slots, window)
            # A padding query sees nothing, and softmax of nothing is NaN: let it see itself.
            mask[:, range(new_slots), range(self.filled, end)] = True
            self._masks[window] = mask[:, None]
        return self._masks[window]

    def hidden(self, base: nn.Module, ids: Tensor, positions: Tensor) -> Tensor:
        """The last layer of `base` after ids [rows, slots], which follow what was read before: [rows, slots, D]."""
        self.begin(ids.shape[1])
        found = base(input_ids=ids, position_ids=positions, use_cache=False, layout=self).last_hidden_state
        self.filled += ids.shape[1]
        return found

    def keep(self, rows: Tensor) -> None:
        """Keeps only these rows, in this order; an index may repeat (a prompt shared by several rollouts)."""
        self.visible = self.visible[rows]
        self._all_visible = bool(self.visible.all())
        self._keys = [k[rows] for k in self._keys]
        self._values = [v[rows] for v in self._values]

    def keys_values(self) -> list[tuple[Tensor, Tensor]]:
        """The cache's content, [rows, H_kv, slots, D] a layer."""
        return [(k[:, :, : self.filled], v[:, :, : self.filled]) for k, v in zip(self._keys, self._values)]

    def attend(self, module: nn.Module, query: Tensor, key: Tensor, value: Tensor, scores: Scores) -> Tensor:
        layer: Any = module.layer_idx
        end = self.filled + key.shape[2]
        if layer == len(self._keys):
            self._keys.append(_grown(None, key, GROWTH))
            self._values.append(_grown(None, value, GROWTH))
        if end > self._keys[layer].shape[2]:
            self._keys[layer] = _grown(self._keys[layer], key, GROWTH)
            self._values[layer] = _grown(self._values[layer], value, GROWTH)
        self._keys[layer][:, :, self.filled : end] = key
        self._values[layer][:, :, self.filled : end] = value
        mask = self._mask(key.shape[2], scores.window)
        keys, values = self._keys[layer][:, :, :end], self._values[layer][:, :, :end]
        if scores.cap:
            grouped = query.unflatten(1, (key.shape[1], -1))
            seen = None if mask is None else mask[:, None]
            return explicit_attention(grouped, keys[:, :, None], values[:, :, None], seen, scores).flatten(1, 2)
        return F.scaled_dot_product_attention(
            query, keys, values, attn_mask=mask, scale=scores.scale, enable_gqa=query.shape[1] != key.shape[1]
        )


def _grown(old: Tensor | None, new: Tensor, growth: int) -> Tensor:
    """A cache with room for `new` and `growth` more slots, holding what `old` holds."""
    rows, heads, slots, width = new.shape
    filled = 0 if old is None else old.shape[2]
    grown = new.new_zeros(rows, heads, filled + slots + growth, width)
    if old is not None:
        grown[:, :, :filled] = old
    return grown


class OwnCache:
    """The cache of a model that is not packed, of transformers' own kind. All rows have prompts of one length.

    A model that takes none reads its rows anew for every token.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        taken = inspect.signature(model.base_model.forward).parameters
        self.name = next((name for name in ("past_key_values", "cache_params") if name in taken), None)
        self.cache = DynamicCache(config=model.config)
        self.read: Tensor | None = None  # [rows, slots] tokens

    def keep(self, rows: Tensor) -> None:
        """Keeps only these rows, in this order; an index may repeat."""
        self.cache.reorder_cache(rows)  # pyright: ignore[reportArgumentType]  # it names one kind of Tensor
        self.read = None if self.read is None else self.read[rows]

    def hidden(self, base: nn.Module, ids: Tensor, positions: Tensor) -> Tensor:
        """The last layer of `base` after ids [rows, slots], which follow what was read before: [rows, slots, D]."""
        if self.name is not None:
            return base(input_ids=ids, use_cache=True, **{self.name: self.cache}).last_hidden_state
        self.read = ids if self.read is None else torch.cat([self.read, ids], 1)
        return base(input_ids=self.read, use_cache=False).last_hidden_state[:, -ids.shape[1] :]


Cache = DecodeCache | OwnCache


class _ByModules:
    """Decoding with the model's own modules."""

    def __init__(self, forward: Callable[[Tensor, Tensor, Cache], Tensor], cache: Cache) -> None:
        self.forward, self.cache = forward, cache

    def keep(self, rows: Tensor) -> None:
        self.cache.keep(rows)

    def step(self, tokens: Tensor, positions: Tensor) -> Tensor:
        return self.forward(tokens[:, None], positions[:, None], self.cache)


@dataclass(slots=True)
class _Row:
    """One rollout being sampled."""

    index: int  # in the caller's list
    uniforms: np.ndarray  # [max_new_tokens] in [0, 1): one a token
    token_ids: list[int]
    logprobs: list[float]
    certainties: list[float]  # stays empty where nothing asks for them


class TransformersSampler:
    """The embedded sampler. Holds its own copy of the model in the compute dtype.

    Each token is drawn by inverting the cumulative distribution at one uniform number, and the uniforms come from the
    rollout's own seed: what is sampled does not depend on the batch, the worker or the order (but for rounding in the
    matrix products, which may differ between batch shapes).
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, max_batch_tokens: int
    ) -> None:
        self.model = model.eval().requires_grad_(False)
        self.head, self.packed = Head.of(model), is_packed(model)
        self.tokenizer = tokenizer
        self.max_batch_tokens = max_batch_tokens
        self.version = 0
        self.device = next(model.parameters()).device
        self.passes = fast.passes(model)

    def load_weights(self, version: int, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Copies (name, tensor) pairs into the model; every parameter must be among them, tied ones once."""
        own = dict(self.model.named_parameters())
        for name, tensor in weights:
            own.pop(name).data.copy_(tensor)
        if own:
            raise ValueError(f"weights missing: {', '.join(sorted(own))}")
        self.version = version

    def sleep(self) -> None:
        """Its weights stay, and its cache is gone with the last sample."""

    def close(self) -> None:
        """It has no processes of its own."""

    def digests(self) -> dict[str, Digest]:
        """Checksum of the weights held."""
        return {"the model": digest_of(self.model.named_parameters())}

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        """Fulfils Engine.scores."""
        return {"the model": self.score(prompt_ids, response_ids)}

    @torch.inference_mode()
    def stream(self, asked: Sequence[Rollout], sampling: Sampling) -> Generator[tuple[int, Rollout]]:
        """Yields (index, rollout) as each is complete."""
        work = partial(self._generate_batch, asked, sampling, fast.decoder(self.model))
        for batch in self._batches(asked, sampling.max_new_tokens):
            with closing(self.passes.stream(batch, work)) as finished:
                yield from finished

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        """Fulfils Engine.generate. Greedy rollouts (temperature 0) report log-probabilities at temperature 1."""
        return collected(self.stream(asked, sampling), len(asked), on_finished)

    def _batches(self, asked: Sequence[Rollout], max_new_tokens: int) -> list[list[int]]:
        """Splits indices so that a batch's cache holds at most `max_batch_tokens`; like lengths together, and where
        nothing is packed equal ones."""
        order = sorted(range(len(asked)), key=lambda i: len(asked[i].task.prompt_ids))
        batches: list[list[int]] = [[]]
        before = 0
        for i in order:
            slots = len(asked[i].task.prompt_ids) + max_new_tokens
            full = (len(batches[-1]) + 1) * slots > self.max_batch_tokens
            if batches[-1] and (full or not (self.packed or slots == before)):
                batches.append([])
            batches[-1].append(i)
            before = slots
        return batches if asked else []

    def _generate_batch(
        self, asked: Sequence[Rollout], sampling: Sampling, decoder: Decoder | None, batch: Sequence[int],
        given_up: Event,
    ) -> Iterable[tuple[int, Rollout]]:  # fmt: skip
        prompts = list(dict.fromkeys(asked[i].task.prompt_ids for i in batch))
        which = {prompt: n for n, prompt in enumerate(prompts)}
        rows = [_Row(i, _uniforms(asked[i].seed, sampling.max_new_tokens), [], [], []) for i in batch]
        logits, cache, positions = self._prefill(prompts)
        owner = torch.tensor([which[asked[i].task.prompt_ids] for i in batch], device=self.device)
        if decoder is None or isinstance(cache, OwnCache):
            cache.keep(owner)
            decoding = _ByModules(self._forward, cache)
        else:
            decoding = decoder.begin(cache.keys_values(), cache.visible, owner, sampling.max_new_tokens)
        logits, positions = logits[owner], positions[owner]
        stop = set(sampling.stop_ids)
        live = [True] * len(rows)
        for step in range(sampling.max_new_tokens):
            uniforms = np.array([row.uniforms[step] for row in rows])
            tokens, logprobs = pick(logits, sampling, torch.from_numpy(uniforms).to(self.device))
            certainties = certainty(logits, sampling.temperature).tolist() if sampling.certainties else None
            last = step == sampling.max_new_tokens - 1
            for n, (row, token, logprob) in enumerate(zip(rows, tokens.tolist(), logprobs.tolist())):
                if live[n]:
                    row.token_ids.append(token)
                    row.logprobs.append(logprob)
                    if certainties is not None:
                        row.certainties.append(certainties[n])
                    if token in stop or last:
                        live[n] = False
                        reason = "stop" if token in stop else "length"
                        yield row.index, self._rollout(asked[row.index], row, reason, stop)
            if not any(live) or given_up.is_set():
                return
            if sum(live) < COMPACT_BELOW * len(rows):
                kept = torch.tensor([n for n, alive in enumerate(live) if alive], device=self.device)
                decoding.keep(kept)
                tokens, positions = tokens[kept], positions[kept]
                rows, live = [row for row, alive in zip(rows, live) if alive], [True] * len(kept)
            positions = positions + 1
            logits = decoding.step(tokens, positions)

    def _prefill(self, prompts: list[tuple[int, ...]]) -> tuple[Tensor, Cache, Tensor]:
        """-> logits [N, V] after each prompt, the cache, and each prompt's last position [N]."""
        lengths = torch.tensor([len(p) for p in prompts], device=self.device)
        width = int(lengths.max())
        ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts], device=self.device)
        positions = torch.arange(width, device=self.device) - (width - lengths)[:, None]
        cache = self._cache(positions)
        return self._forward(ids, positions.clamp(min=0), cache), cache, lengths - 1

    def _cache(self, positions: Tensor) -> Cache:
        """An empty cache for prompts whose tokens are at `positions` [rows, slots], below 0 in the padding."""
        return DecodeCache(visible=positions >= 0) if self.packed else OwnCache(self.model)

    @torch.inference_mode()
    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Log-probabilities [T] of a response under the weights held, at temperature 1, nats."""
        ids = torch.tensor([[*prompt_ids, *response_ids]], device=self.device)
        positions = torch.arange(ids.shape[1] - 1, device=self.device)[None]
        hidden = self._hidden(ids[:, :-1], positions, self._cache(positions))[:, len(prompt_ids) - 1 :]
        logprobs = torch.log_softmax(self.head.logits(hidden), -1)
        return tuple(logprobs.gather(2, ids[:, len(prompt_ids) :, None]).flatten().tolist())

    def _forward(self, ids: Tensor, positions: Tensor, cache: Cache) -> Tensor:
        """Runs [rows, slots] tokens; -> float32 logits [rows, V] after the last slot."""
        return self.head.logits(self._hidden(ids, positions, cache)[:, -1])

    def _hidden(self, ids: Tensor, positions: Tensor, cache: Cache) -> Tensor:
        return cache.hidden(self.model.base_model, ids, positions)

    def _rollout(self, asked: Rollout, row: _Row, reason: FinishReason, stop: set[int]) -> Rollout:
        text_ids = row.token_ids[:-1] if row.token_ids[-1] in stop else row.token_ids
        text = decode(self.tokenizer, text_ids, skip_special_tokens=True)
        return replace(asked, token_ids=tuple(row.token_ids), logprobs=tuple(row.logprobs),
                       certainties=tuple(row.certainties), finish_reason=reason, text=text,
                       version=self.version)  # fmt: skip


def pick(logits: Tensor, sampling: Sampling, uniforms: Tensor) -> tuple[Tensor, Tensor]:
    """Next tokens [N] and their log-probabilities [N] (nats) from logits [N, V] and uniforms [N] in [0, 1)."""
    if sampling.temperature == 0:
        tokens = logits.argmax(-1)
        return tokens, torch.log_softmax(logits, -1).gather(1, tokens[:, None])[:, 0]
    logprobs = torch.log_softmax(logits / sampling.temperature, -1)
    if sampling.top_p < 1:
        logprobs = _nucleus(logprobs, sampling.top_p)
    # float64: with 150,000 tokens a float32 running sum would be off by more than a rare token's probability.
    cumulative = logprobs.double().exp().cumsum(-1)
    threshold = uniforms[:, None] * cumulative[:, -1:]
    tokens = torch.searchsorted(cumulative, threshold, right=True)[:, 0].clamp(max=logits.shape[1] - 1)
    return tokens, logprobs.gather(1, tokens[:, None])[:, 0]


def certainty(logits: Tensor, temperature: float) -> Tensor:
    """KL(uniform || p) [N] in nats with p = softmax(logits [N, V] / temperature), before top_p: -log V - mean log p. At
    temperature 0 that of 1."""
    logprobs = torch.log_softmax(logits / (temperature or 1.0), -1)
    return -logprobs.mean(-1) - math.log(logits.shape[-1])


def _nucleus(logprobs: Tensor, top_p: float) -> Tensor:
    """Keeps the smallest set of tokens with at least `top_p` of the mass, renormalised."""
    ordered, indices = logprobs.sort(descending=True)
    mass = ordered.exp()
    outside = mass.cumsum(-1) - mass >= top_p
    masked = logprobs.masked_fill(outside.scatter(1, indices, outside), float("-inf"))
    return torch.log_softmax(masked, -1)


def _uniforms(seed: int, count: int) -> np.ndarray:
    """[count] numbers in [0, 1) that depend on the seed alone (Philox, counter-based)."""
    return np.random.Generator(np.random.Philox(seed)).random(count)
