"""Sampling on a vLLM engine, through vLLM's public interfaces.

The engine starts with made-up weights; all weights come by `load_weights`, so that there is one way in which they
arrive, and what was sampled with is what was handed over. vLLM is imported when a sampler is made, not before:
it reads its environment on import.
"""

# pyright: reportMissingImports=false
# (vLLM is in .venv-vllm, or in an environment with a GPU)

import itertools
import json
import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from oneshot_rlvr.config.schema import RunConfig, VllmConfig
from oneshot_rlvr.config.transfer import keep_segments_whole, require_shared_memory
from oneshot_rlvr.errors import RunError, UserError
from oneshot_rlvr.isolation import keeper
from oneshot_rlvr.models.load import decode
from oneshot_rlvr.models.memory import release_cache
from oneshot_rlvr.rollout.engine import OnFinished, collected
from oneshot_rlvr.terminal import slow_start
from oneshot_rlvr.types import FinishReason, Rollout, Sampling
from oneshot_rlvr.weights.checksum import Digest

if TYPE_CHECKING:
    from vllm import LLM, RequestOutput, SamplingParams

# Around any engine: no telemetry, no log lines between ours. Its processes are programs of their own, which keep the
# environment that they were started with, whatever title they give themselves: by that they are found (ray_keeper.py).
ENVIRONMENT = {
    "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn", "SPT_NOENV": "1",
}  # fmt: skip
# On a CPU the engine lives in this process, where it starts in two seconds instead of fourteen; without compilation the
# first log-probability takes 10 ms instead of 10 s; threads that spin would starve the trainer's.
CPU_ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "TORCH_COMPILE_DISABLE": "1", "OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0",
}  # fmt: skip
# On a GPU it is a process of its own: CUDA opens handles of another process only. The handles travel pickled.
GPU_ENVIRONMENT = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1", "VLLM_ALLOW_INSECURE_SERIALIZATION": "1"}
CPU_CACHE_GB = 1.0
CPU_BATCHED_TOKENS = 4096  # of prompts read in one step
LEAST_LENGTH = 256  # tokens: room for the weight probe
EXTENSION = "oneshot_rlvr.weights.vllm_extension.Extension"
SLEEPING = ("weights", "kv_cache")  # vLLM's names of what an engine that sleeps gives back


def vllm_sampler(
    config: RunConfig,
    language_model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    device: torch.device,
    dtype: torch.dtype,
    backend: str | None = None,
) -> "VllmSampler":
    """The sampler of a run: one engine beside the trainer in this process (CPU) or on its GPU."""
    response = max(config.rollout.max_new_tokens, config.eval.max_new_tokens)
    wanted = config.rollout.vllm.max_model_len or max(config.data.max_prompt_tokens + response, LEAST_LENGTH)
    os.environ.setdefault("VLLM_ENGINE_READY_TIMEOUT_S", f"{config.runtime.timeout_seconds:.0f}")
    # A model that vLLM takes from transformers (OLMo, SmolLM3) has its class wrapped there to look for this; without it
    # models of that class in this process, the trainer's among them, could not be called any more.
    type(language_model.base_model).do_not_compile = True  # pyright: ignore[reportAttributeAccessIssue]
    return VllmSampler(
        language_model.config.to_dict() | {"architectures": [type(language_model).__name__]},
        {name: tuple(parameter.shape) for name, parameter in language_model.named_parameters()},
        tokenizer, config.rollout.vllm, device.type, dtype, wanted, backend,
    )  # fmt: skip


class VllmSampler:
    """One engine. `shapes` are those of the trainer's parameters, tied ones once, in the order in which they will come.

    `backend` is how weights arrive (weights/transfer.py). None: ipc for an engine on one GPU, else shared memory.
    Where the trainer is in other processes, it sends by a `WeightSender` of its own to `engine`, and `load_weights` is
    not used.
    """

    def __init__(
        self,
        model_config: Mapping[str, Any],
        shapes: Mapping[str, tuple[int, ...]],
        tokenizer: PreTrainedTokenizerBase,
        options: VllmConfig,
        device: str,
        dtype: torch.dtype,
        max_model_len: int,
        backend: str | None = None,
    ) -> None:
        on_cpu = device == "cpu"
        prepare_environment(on_cpu)
        from oneshot_rlvr.weights import transfer

        self.tokenizer = tokenizer
        self.max_model_len = min(max_model_len, int(model_config["max_position_embeddings"]))
        self._sleeps = options.sleep and not on_cpu
        self._asleep: tuple[str, ...] = ()  # of SLEEPING
        one_gpu = not on_cpu and options.tensor_parallel == 1
        self.backend = backend or ("ipc" if one_gpu else transfer.SHARED_MEMORY)
        if self.backend == transfer.SHARED_MEMORY:
            require_shared_memory(sum(transfer.tensor_bytes(shapes, dtype)))
        arguments = engine_arguments(options, on_cpu, dtype, self.max_model_len, self.backend)
        with keeper.kept() as self._keeper, slow_start("vLLM engine"):
            self.llm = _start(model_config, arguments)
        self.engine = transfer.Engine(self.llm)
        self._shapes, self._dtype = dict(shapes), dtype
        self._sender: transfer.WeightSender | None = None
        self._request_ids = itertools.count()

    @property
    def version(self) -> int:
        """The step whose weights the engine says it holds; -1 before the first."""
        return self.engine.version

    def load_weights(self, version: int, weights: Iterable[tuple[str, Tensor]]) -> None:
        """Hands over all weights and forgets what was cached under the old ones.

        ValueError, with the engine as it was, if a parameter is missing or misshapen and the backend stages (shared
        memory); any later failure is a RunError and leaves the engine unusable.
        """
        from oneshot_rlvr.weights import transfer

        self.prepare_update()
        try:
            if self._sender is None:
                end = transfer.TrainerEnd(transfer.packed_bytes(self._shapes, self._dtype))
                self._sender = transfer.WeightSender(self.backend, end, self.engine, self._shapes, self._dtype)
            self._sender.send(version, weights)
        except Exception as error:
            if self.engine.broken is None:
                raise
            raise RunError(f"weights of step {version}: vLLM failed in the middle of its update: {error}") from error
        self.finish_update(version)

    def prepare_update(self) -> None:
        """Makes room for weights, before they come from wherever."""
        self._refuse_broken()
        self._wake("weights")

    def finish_update(self, version: int) -> None:
        """Makes room for the cache and takes the new version, after all weights have come."""
        self._wake("kv_cache")
        self.engine.commit(version)

    def sleep(self) -> None:
        """Drops weights and cache until the next weights come, with rollout.vllm.sleep."""
        if self._sleeps and not self._asleep:
            self.llm.sleep(level=2)  # what is no weight, such as the angles of the positions, vLLM keeps by itself
            self._asleep = SLEEPING

    def digests(self) -> dict[str, Digest]:
        """Checksums of what came with the last update, by process of the engine."""
        found = self.engine.arrivals()
        return {f"engine process {n}" if len(found) > 1 else "the engine": digest for n, digest in enumerate(found)}

    def peak_memory_gb(self) -> float:
        """Largest of the engine's processes."""
        return max(self.llm.collective_rpc("peak_memory_gb"))

    def scores(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> dict[str, tuple[float, ...]]:
        """Fulfils Engine.scores."""
        return {"the engine": self.score(prompt_ids, response_ids)}

    def score(self, prompt_ids: Sequence[int], response_ids: Sequence[int]) -> tuple[float, ...]:
        """Log-probabilities [T] of a response under the weights held, at temperature 1, nats."""
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        ids = [*prompt_ids, *response_ids]
        params = SamplingParams(
            temperature=0.0, max_tokens=1, prompt_logprobs=0, detokenize=False, ignore_eos=True,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )  # fmt: skip
        ((_, output),) = self._run([ids], [params])
        found = output.prompt_logprobs
        assert found is not None
        return tuple(found[i][ids[i]].logprob for i in range(len(prompt_ids), len(ids)))  # type: ignore[index]

    def stream(self, asked: Sequence[Rollout], sampling: Sampling) -> Generator[tuple[int, Rollout]]:
        """Yields (index, rollout) as each is complete.

        Every request is one of the engine's, with its own seed; equal prompts share the prefix cache.
        Greedy rollouts (temperature 0) report log-probabilities at temperature 1.
        """
        return self.stream_each(asked, [sampling] * len(asked))

    def stream_each(
        self, asked: Sequence[Rollout], samplings: Sequence[Sampling]
    ) -> Generator[tuple[int, Rollout]]:
        """Streams with settings for each rollout: they are all in the engine together."""
        self._refuse_long(asked, samplings)
        params = [_params(r.seed, sampling) for r, sampling in zip(asked, samplings, strict=True)]
        with closing(self._run([list(r.task.prompt_ids) for r in asked], params)) as outputs:
            for index, output in outputs:
                yield index, self._rollout(asked[index], output, samplings[index])

    def generate(
        self, asked: Sequence[Rollout], sampling: Sampling, on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        """Fulfils Engine.generate."""
        return self.generate_each(asked, [sampling] * len(asked), on_finished)

    def generate_each(
        self, asked: Sequence[Rollout], samplings: Sequence[Sampling], on_finished: OnFinished | None = None
    ) -> list[Rollout]:
        """Generates with settings for each rollout."""
        return collected(self.stream_each(asked, samplings), len(asked), on_finished)

    def close(self) -> None:
        """Ends the engine and its processes."""
        self.llm.llm_engine.engine_core.shutdown()
        if self._keeper is not None:
            self._keeper.communicate()

    def _run(
        self, prompts: list[list[int]], params: "list[SamplingParams]"
    ) -> "Generator[tuple[int, RequestOutput]]":
        """(index, output) as they come. Whoever closes it early stops the rest."""
        self._refuse_broken()
        if self._asleep:
            raise RuntimeError("the vLLM engine is asleep: weights must come before it samples")
        engine = self.llm.llm_engine
        index_of = {str(next(self._request_ids)): index for index in range(len(prompts))}
        left = set(index_of)
        try:
            for (request_id, index), settings in zip(index_of.items(), params):
                engine.add_request(request_id, {"prompt_token_ids": prompts[index]}, settings)
            while left:
                for output in engine.step():
                    left.discard(output.request_id)
                    yield index_of[output.request_id], output  # type: ignore[misc]
        finally:
            if left:
                engine.abort_request(list(left))

    def _rollout(self, asked: Rollout, output: "RequestOutput", sampling: Sampling) -> Rollout:
        completion = output.outputs[0]
        ids = tuple(completion.token_ids)
        reason: FinishReason = "stop" if completion.finish_reason == "stop" else "length"
        if completion.finish_reason not in ("stop", "length") or (reason == "stop") != (ids[-1] in sampling.stop_ids):
            raise RunError(f"vLLM ended a response with {completion.finish_reason!r} at token {ids[-1:]}")
        found: Any = completion.logprobs
        if tuple(found.token_ids) != ids:
            raise RunError(f"vLLM gave {len(found.token_ids)} log-probabilities for {len(ids)} tokens")
        text = decode(self.tokenizer, ids[:-1] if reason == "stop" else ids, skip_special_tokens=True)
        return replace(asked, token_ids=ids, logprobs=tuple(found.logprobs), finish_reason=reason, text=text,
                       version=self.version)  # fmt: skip

    def _refuse_long(self, asked: Sequence[Rollout], samplings: Sequence[Sampling]) -> None:
        lengths = (len(r.task.prompt_ids) + s.max_new_tokens for r, s in zip(asked, samplings, strict=True))
        longest = max(lengths, default=0)
        if longest > self.max_model_len:
            raise UserError(
                f"rollout.vllm.max_model_len: the engine holds {self.max_model_len} tokens of prompt and response, "
                f"{longest} are asked for; give rollout.vllm.max_model_len={longest}"
            )

    def _refuse_broken(self) -> None:
        if self.engine.broken:
            raise RunError(f"the vLLM engine cannot be used: {self.engine.broken}")

    def _wake(self, part: str) -> None:
        if part in self._asleep:
            release_cache()  # of a trainer in this process
            self.llm.wake_up(tags=[part])
            self._asleep = tuple(other for other in self._asleep if other != part)


def prepare_environment(on_cpu: bool) -> None:
    """Sets what vLLM reads from the environment when it is imported; values that are set already stay."""
    for name, value in (ENVIRONMENT | (CPU_ENVIRONMENT if on_cpu else GPU_ENVIRONMENT)).items():
        os.environ.setdefault(name, value)
    keep_segments_whole()
    os.environ.pop("VLLM_CPU_KVCACHE_SPACE", None)  # whole GiB, and would override rollout.vllm.kv_cache_gb
    logging.getLogger("vllm").addHandler(logging.NullHandler())  # lines from before it has read its level
    warnings.filterwarnings("ignore", category=FutureWarning, module="vllm")
    if on_cpu:
        import torch._dynamo

        torch._dynamo.config.disable = True  # transformers may have imported it before the variable was set


def engine_arguments(
    options: VllmConfig, on_cpu: bool, dtype: torch.dtype, max_model_len: int, backend: str
) -> dict[str, Any]:
    """Arguments of the engine, but for the model; `backend` is how its weights will come."""
    from vllm.config import WeightTransferConfig

    cache_gb = options.kv_cache_gb or (CPU_CACHE_GB if on_cpu else 0.0)
    return dict(
        load_format="dummy",
        skip_tokenizer_init=True,  # token ids in, token ids out
        generation_config="vllm",  # nothing from the model's own file: sampling is what the request says
        dtype=str(dtype).removeprefix("torch."),
        max_model_len=max_model_len,
        max_num_seqs=options.max_num_seqs,
        # Between the parts of a prompt vLLM draws a token, and takes the draw back by what a CPU's generator lacks.
        enable_chunked_prefill=False if on_cpu else None,
        max_num_batched_tokens=max(max_model_len, CPU_BATCHED_TOKENS) if on_cpu else None,
        gpu_memory_utilization=options.gpu_memory_utilization,
        kv_cache_memory_bytes=int(cache_gb * 2**30) or None,
        tensor_parallel_size=options.tensor_parallel,
        # In an actor vLLM would start actors of its own, for which there is no room: the GPUs are this actor's already.
        distributed_executor_backend="mp" if options.tensor_parallel > 1 else "uni",
        enforce_eager=options.enforce_eager or on_cpu,
        enable_sleep_mode=options.sleep and not on_cpu,
        enable_prefix_caching=True,
        logprobs_mode="processed_logprobs",  # of the distribution sampled from: after temperature and top_p
        weight_transfer_config=WeightTransferConfig(backend=backend),
        worker_extension_cls=EXTENSION,
    )


def _start(model_config: Mapping[str, Any], arguments: dict[str, Any]) -> "LLM":
    """The engine, with made-up weights; RunError in one line if it does not start."""
    from vllm import LLM

    folder = tempfile.mkdtemp(prefix="rlvr-vllm-")
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({k: v for k, v in model_config.items() if not k.startswith("_")}, file, default=str)
    try:
        return LLM(model=folder, **arguments)
    except (RuntimeError, ValueError, TimeoutError) as error:
        raise RunError(f"the vLLM engine did not start: {' '.join(str(error).split())[:400]}") from error
    finally:
        shutil.rmtree(folder)


def _params(seed: int, sampling: Sampling) -> "SamplingParams":
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_new_tokens,
        seed=None if sampling.temperature == 0 else seed,
        stop_token_ids=list(sampling.stop_ids),
        ignore_eos=True,  # the stop ids above are all there are
        logprobs=0,  # of the sampled token alone
        flat_logprobs=True,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )
