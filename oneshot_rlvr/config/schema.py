"""The typed configuration: the only home of defaults, bounds and valid names.

Every field says what it means and in which unit, and which values it takes: `bounded` numbers, a `choice` of names.
`config/check.py` reads that from the fields and refuses all others. YAML files in `configs/` hold only what differs
from the defaults, which are those of the official `pi1_r128` run wherever it has such a setting.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import TypeVar

from omegaconf import MISSING

from oneshot_rlvr.algorithms import registry
from oneshot_rlvr.config.hardware import GPUS
from oneshot_rlvr.config.names import (
    CHOICES,
    DEVICES,
    DTYPES,
    ENGINES,
    HEALTH_ACTIONS,
    MOMENTS,
    PROGRAM_MODULES,
    REWARDS,
    UNLABELLED_REWARDS,
)

T = TypeVar("T")
Default = TypeVar("Default", str, str | None)

RETIRED = {"rollout.max_mismatch": "health.mismatch_mean"}  # key of old run folders -> key of today


def bounded(
    default: T, *, gt: float | None = None, ge: float | None = None, le: float | None = None, inf: bool = False
) -> T:
    """A number above `gt`, from `ge`, up to `le`. With `inf` it may be infinite: a bound that nothing reaches."""
    return field(default=default, metadata={"gt": gt, "ge": ge, "le": le, "inf": inf})


def choice(default: Default, names: Iterable[str] | Callable[[], Iterable[str]]) -> Default:
    """One of `names`; a function is asked for them when they are needed."""
    return field(default=default, metadata={"names": names})


def grader_name(default: Default) -> Default:
    """A grader by name, or package.module:function of the user's own (grading/own.py)."""
    return field(default=default, metadata={"grader": True})


def free_text(default: T) -> T:
    """A text that may hold any character, such as a problem; other texts may name a folder, and are one line."""
    return field(default=default, metadata={"free_text": True})


# Linear layers of a decoder layer.
LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
JOINED_LAYERS = ("qkv_proj", "gate_up_proj")  # of Phi-3
LEAST_GRADER_MB = 256  # a grading process takes 70 before its first answer, and ends without a word below 128


@dataclass
class ShapeConfig:
    """Model shape: builds a randomly initialised model, and lets `--dry-run` count without any hub file."""

    hidden: int = 0
    layers: int = 0
    heads: int = 0
    kv_heads: int = 0
    ffn: int = 0
    vocab: int = 0
    max_positions: int = 4096
    tied: bool = True  # embedding and head share their weights
    head_dim: int = 0  # width of a head; 0: hidden / heads


@dataclass
class LoraConfig:
    """Low-rank adapters (arXiv 2106.09685) on a frozen base, through peft: W + alpha/rank B A instead of W."""

    rank: int = bounded(0, ge=0)  # rank of each adapter; 0: no adapters, every weight is trained
    alpha: float = bounded(32.0, gt=0)
    targets: list[str] = field(  # linear layers that get one; the default stands for all that a model has but the head
        default_factory=lambda: list(LINEAR_LAYERS), metadata={"names": (*LINEAR_LAYERS, *JOINED_LAYERS)}
    )
    quantization: str = choice("none", ("none", "nf4"))  # the base's linear layers; nf4: 4 bits (arXiv 2305.14314)


@dataclass
class ModelConfig:
    """The language model that is trained."""

    path: str = MISSING  # hub id, folder, or sandbox:NAME (shipped)
    revision: str | None = None  # hub revision
    random_init: bool = False  # build from `shape` with random weights instead of loading; `path` gives the tokenizer
    init_seed: int = bounded(0, ge=0)
    template: str = "own"  # prompt template by name (data/prompts.py): own chat template, plain, qwen25-math-cot, ...
    dtype: str = choice("auto", ("auto", *DTYPES))  # auto: bfloat16 or else float16 on a GPU, float32 on a CPU
    attention: str = choice("auto", ("auto", "flash", "varlen", "packed_sdpa"))
    gradient_checkpointing: bool | None = None  # layers computed again in backward; null: where memory asks for it
    compile: bool | None = None  # decoder layers and head by torch.compile; null: runtime=local, GPU, half precision
    extra_stop_tokens: list[str] = field(default_factory=list)  # tokens that end a response, besides the model's eos
    lora: LoraConfig = field(default_factory=LoraConfig)
    shape: ShapeConfig = field(default_factory=ShapeConfig)


@dataclass
class DataConfig:
    """Problems to train and to validate on, and how a step's batch is drawn from them."""

    file: str | None = None  # problems: a path, a registered name, hub:OWNER/NAME[:CONFIG][:SPLIT] or gym:TASK
    columns: dict[str, str] = field(default_factory=dict)  # names of its columns: problem, answer, category, ...
    revision: str | None = None  # of the hub, for `file` and `validation`
    examples: list[str] = field(default_factory=list)  # pi1, pi13, ... or data-set ids within `pool`
    pool: str = "dsr_sub"  # name or path of the set in which `examples` but pi1 and pi13 are found
    problem: str | None = free_text(None)  # one problem given on the command line ...
    answer: str | None = free_text(None)  # ... and its answer
    demonstrations: str | None = None  # given responses, for algorithm=sft (data/demonstrations.py has the forms)
    suffix: str = free_text("")  # put behind the prompt of `problem=` and of each row of `file=` that lacks it
    copies: int = bounded(1, ge=1)  # rows of each example in the training set, as in a duplicated parquet
    group_copies: str = choice("separate", ("separate", "merged"))  # merged: all copies of a step form one group
    label: str | None = free_text(None)  # replaces every ground truth (label interventions)
    label_noise: float = bounded(0.0, ge=0, le=1)  # share of problems whose label is made wrong ...
    label_noise_method: str = choice("swap", ("swap", "perturb"))  # ... another label, or moved numbers (Table 17)
    empty_answers: str = choice("refuse", ("refuse", "drop", "keep"))  # fate of problems without an answer
    prompts_per_step: int = bounded(128, ge=1)
    shuffle: bool = True
    seed: int = bounded(1, ge=0)  # seed of the order of batches
    max_prompt_tokens: int = bounded(1024, ge=1)
    validation: str | None = "math500"  # problems evaluated during training: name or path
    validation_limit: int | None = bounded(None, ge=1)  # first N only


@dataclass
class AlgorithmConfig:
    """Advantages and loss."""

    name: str = choice("grpo", lambda: registry.ALGORITHMS)
    path: str | None = None  # package.module:NAME of an algorithm of your own, instead of `name`
    group_size: int = bounded(8, ge=1)  # rollouts per prompt copy
    policy_loss: str = choice("clip", lambda: registry.POLICY_LOSSES)
    clip_ratio: float = bounded(0.2, gt=0, inf=True)
    clip_ratio_high: float = bounded(0.0, ge=0, inf=True)  # the ratio's upper bound is 1 + this; 0: 1 + clip_ratio
    dual_clip: float = bounded(0.0, ge=0)  # largest ratio that a negative advantage counts with, above 1; 0: no bound
    advantage_eps: float = bounded(1e-6, gt=0)
    advantage_weighting: str = choice("sample", ("sample", "token"))  # for trr_pp: mean over responses or their tokens
    policy_coef: float = 1.0
    entropy_coef: float = 0.001  # below 0: the entropy is minimised
    entropy_target: float = bounded(0.0, ge=0)  # nats a token that entropy_coef is steered to keep; 0: it stays
    entropy_rate: float = bounded(0.005, gt=0)  # change of entropy_coef a step, with entropy_target
    kl_coef: float = bounded(0.001, ge=0)
    kl_estimator: str = choice("k3", lambda: registry.KL_ESTIMATORS)
    kl_clamp: float = bounded(10.0, gt=0, inf=True)  # k3 is clamped to +-this, as in the official code
    covariance: str = choice("none", ("none", "clip", "kl"))  # Clip-Cov, KL-Cov: what holds back the tokens ...
    covariance_share: float = bounded(2e-4, gt=0, le=1)  # ... chosen, of a step's: `clip` at random from those with ...
    covariance_low: float = 1.0  # ... a covariance of log-probability and advantage above this ...
    covariance_high: float = 5.0  # ... and below this; `kl` the highest
    covariance_coef: float = bounded(1.0, ge=0)  # of |log-probability - old| at these tokens, for `kl`
    overlong_filter: bool = False  # responses that hit rollout.max_new_tokens are not trained on
    pass_k: int = bounded(4, ge=1)  # k of algorithm.name=pass_at_k
    normalization: str = choice("token_mean", lambda: registry.NORMALIZATIONS)  # divisor of a step's loss
    normalization_constant: float = bounded(0.0, ge=0)  # divisor for `constant`; 0: rollout.max_new_tokens
    official_gpus: int = bounded(8, ge=1)  # GPUs that the official code would split a step over, for `official`
    updates_per_step: int = bounded(1, ge=1)  # optimizer steps; more than 1 needs a pass for old log-probabilities
    minibatch_order: str = choice("task_blocks", ("task_blocks", "shuffled"))  # updates: whole groups in turn, or mixed
    skip_constant_groups: bool = True  # leave groups without gradient out of the passes where that changes nothing
    gamma: float = bounded(1.0, ge=0, le=1)  # discount of each token, for reinforce_pp and ppo
    lam: float = bounded(1.0, ge=0, le=1)  # lambda of generalised advantage estimation, for ppo
    kl_in_reward: bool = False  # kl_coef (old - ref) taken off each token's reward instead of a loss term
    rollout_correction: str = choice("none", lambda: registry.CORRECTIONS)  # weights of trainer over sampler ...
    rollout_correction_cap: float = bounded(2.0, gt=0, inf=True)  # ... cut here (tis), or left out above (mis)


@dataclass
class CriticConfig:
    """The value model of PPO: the policy's start with a scalar head. Other AdamW settings are the policy's."""

    lr: float = bounded(1e-5, gt=0)
    value_clip: float = bounded(0.5, gt=0, inf=True)
    warmup_updates: int = bounded(0, ge=0)  # updates of the critic alone before the policy's first


@dataclass
class RewardConfig:
    """The reward of a rollout, and the grader that most rewards go by."""

    name: str = choice("outcome", REWARDS)
    path: str | None = None  # package.module:function for `custom`
    probability: float = bounded(0.5, ge=0, le=1)  # probability of reward 1, for `random`
    value: float = 1.0  # reward of every rollout, for `constant`
    false_positive: float = bounded(0.0, ge=0, le=1)  # probability that a wrong response is called right in training
    false_negative: float = bounded(0.0, ge=0, le=1)  # probability that a right one is called wrong
    certainties: bool = False  # rollouts bring the certainty of each token, for `custom` (rewards.py: self_certainty)
    overlong_share: float = bounded(0.0, ge=0, le=1)  # last share of rollout.max_new_tokens in which -1 is reached
    grader: str = grader_name("deepscaler")
    workers: int = bounded(2, ge=1)  # grading processes
    timeout_seconds: float = bounded(10.0, gt=0)  # CPU seconds per item
    memory_mb: int = bounded(4096, ge=LEAST_GRADER_MB)  # address space of a grading process
    max_error_share: float = bounded(0.05, ge=0, le=1)  # share of a step, for health.grader_errors


@dataclass
class SourceConfig:
    """Sources of a step's rollouts, around the problems themselves (rollout/sources.py)."""

    keep_mixed: bool = False  # dynamic sampling: batches are drawn until enough groups hold right and wrong responses
    votes: int = bounded(0, ge=0)  # responses to a prompt, algorithm.group_size of which are trained on; 0: no others
    max_draws: int = bounded(10, ge=1)  # most batches that one step draws, with keep_mixed
    choose: str = choice("none", CHOICES)  # rule by which a step's examples are chosen while training goes on
    chosen: int = bounded(0, ge=0)  # examples that it chooses for a step; 0: data.prompts_per_step
    failed_prefixes: float = bounded(0.0, ge=0, le=1)  # share of groups that go on from a failed response, once solved
    target: float = bounded(0.5, ge=0, le=1)  # pass rate that near, thompson and failed_prefixes look for
    keep: float = bounded(0.5, ge=0, le=1)  # weight of what was seen of an example before, at each new look
    exploration: float = bounded(0.1, ge=0)  # of volatile: bonus for examples that were asked rarely
    band_low: float = bounded(0.2, ge=0, le=1)  # pass rates that band keeps: from here ...
    band_high: float = bounded(0.8, ge=0, le=1)  # ... to here
    path: str | None = None  # package.module:NAME of a source of your own, in place of the problems
    prefetch: bool = False  # rollouts of the next step are sampled while this one is learned: one step off-policy


@dataclass
class GateConfig:
    """Rules for what enters the buffers of self-play. What cannot be read or has no output is no task anyway."""

    deterministic: bool = True  # two processes with two hash seeds must give the same output
    duplicates: str = choice("task", ("program", "task", "none"))  # refused: the same tree, the same tree and input
    half_time: bool = True  # a call may take half its time limit, so that a busy machine does not turn a verdict round
    max_characters: int = bounded(4000, ge=1)  # of a program or message
    single_function: bool = False  # helpers are refused, as by the authors' code for Qwen2.5
    used: bool = False  # every parameter of f must be used
    live: bool = False  # an operation that no input can change is refused (dialect=world)
    min_depth: int = bounded(0, ge=0, le=100)  # executed operations of a call (dialect=world)
    max_depth: int = bounded(0, ge=0, le=100)  # 0: no limit
    deepen: float = bounded(0.0, ge=0, le=1)  # as many operations as this quantile of its buffer's newest; 0: any
    leak: float = bounded(0.0, ge=0, le=1)  # share of refused proposals with an output that enter all the same


TASK_KINDS = ("deduction", "abduction", "induction")


@dataclass
class SelfPlayConfig:
    """Self-play (arXiv 2505.03335): the model proposes tasks on programs, solves them and learns from both."""

    enabled: bool = False
    kinds: list[str] = field(default_factory=lambda: list(TASK_KINDS), metadata={"names": TASK_KINDS})
    dialect: str = choice("paper", ("paper", "world"))  # texts of tasks and answers
    executor: str = choice("sandbox", ("sandbox", "interpreter"))  # interpreter: for dialect=world alone
    seed_program: str | None = None  # Python file: a program and a call of f, instead of the identity function
    seed_tasks: int = bounded(256, ge=0)  # valid proposals in each buffer before the first step; 0: the given one alone
    seed_rounds: int = bounded(40, ge=1)  # most rounds of proposals that are made for these
    proposals: int = bounded(64, ge=1)  # a step and kind of task
    solves: int = bounded(64, ge=1)  # answers a step and kind of task
    mc_rollouts: int = bounded(8, ge=1)  # answers that measure how hard a proposal is
    mc_temperature: float = bounded(1.0, gt=0)  # temperature of these: at 0 all would be the same
    references: int = bounded(6, ge=0)  # earlier tasks that a proposer of programs is shown
    induction_inputs: int = bounded(10, ge=2)
    phase_order: str = choice("same_step", ("same_step", "previous_step"))  # whose proposals are solved first
    solver_source: str = choice("separate", ("separate", "mc_reuse"))  # mc_reuse: the measuring answers are trained on
    train_proposer: bool = True
    proposer: str = choice("model", ("model", "random", "none"))  # random: from a grammar (dialect=world); none: seeds
    proposer_weight: float = bounded(1.0, ge=0)  # factor on the proposer's advantages
    reward: str = choice("paper", ("paper", "gap", "constant"))  # of a proposal that s of the answers solve: ...
    edge_reward: float = 0.0  # ... paper: 1 - s, and this where s is 0 or 1; gap: 4 s (1 - s); constant: 1
    depth_bonus: float = bounded(0.0, ge=0)  # added for each executed operation beyond the first (dialect=world)
    wrong_reward: float = -0.5  # of an answer that is well-formed and wrong
    malformed_reward: float = -1.0  # of a text without the form, and of a proposal that the gate refuses
    proposer_truth: str = choice("executor", ("executor", "majority"))  # what s counts: right answers, or those ...
    solver_truth: str = choice("executor", ("executor", "majority"))  # ... that agree with most (mc_reuse for this)
    strict_bool: bool = True  # True is not 1
    buffer_cap: int = bounded(16384, ge=1)  # tasks of a kind
    eviction: str = choice("fifo", ("fifo", "reservoir", "newest"))  # dropped of a full buffer
    gate: GateConfig = field(default_factory=GateConfig)


WEIGHT_ROUTES = ("auto", "ipc", "nccl", "shared_memory", "object_store")


@dataclass
class VllmConfig:
    """Options of the vLLM engine; they say how fast and how large, not what is sampled."""

    gpu_memory_utilization: float = bounded(0.5, ge=0, le=1)  # share of the GPU; the rest is a trainer's
    tensor_parallel: int = bounded(1, ge=1)  # GPUs that one engine is cut over
    enforce_eager: bool = False  # no CUDA graphs: slower, starts sooner (on a CPU always so)
    kv_cache_gb: float = bounded(0.0, ge=0)  # GiB of key-value cache; 0: what gpu_memory_utilization leaves, on a CPU 1
    max_num_seqs: int = bounded(256, ge=1)  # sequences decoded at once
    max_model_len: int = bounded(0, ge=0)  # tokens of a sequence; 0: the largest that data, rollout and eval allow
    sleep: bool = False  # weights and cache are given back from a step's last sample to the next weights (GPU only)
    weight_route: str = choice("auto", WEIGHT_ROUTES)  # for runtime=ray (docs/distributed.md)


@dataclass
class RolloutConfig:
    """Sampling of responses."""

    name: str = choice("auto", ENGINES)  # auto: vllm where it is installed and there is a GPU, else transformers
    temperature: float = bounded(0.6, gt=0)
    top_p: float = bounded(1.0, gt=0, le=1)
    max_new_tokens: int = bounded(3072, ge=1)
    max_batch_tokens: int = bounded(262144, ge=1)  # cache tokens held at once by the transformers sampler
    placement: str = choice("colocated", ("colocated", "split"))  # runtime=ray: trainer and sampler share GPUs, or not
    probe_bound: float = bounded(0.0, ge=0, inf=True)  # nats, bound of the probe of weights; 0: PROBE_BOUNDS
    vllm: VllmConfig = field(default_factory=VllmConfig)


@dataclass
class OptimizerConfig:
    """AdamW. Weight decay acts on all parameters that are trained, as in the official code."""

    name: str = choice("adamw", MOMENTS)  # adamw_8bit: arXiv 2110.02861 (bitsandbytes); muon: for matrices of layers
    offload: bool = False  # float32 weights and moments in main memory, the step on the processor
    lr: float = bounded(1e-6, gt=0)
    beta1: float = bounded(0.9, ge=0, le=1)
    beta2: float = bounded(0.999, ge=0, le=1)
    eps: float = bounded(1e-8, gt=0)
    weight_decay: float = bounded(0.01, ge=0)
    clip_norm: float = bounded(1.0, gt=0, inf=True)
    loss_scale: float = bounded(65536.0, ge=1)  # first factor of the loss in float16 (arXiv 1710.03740); it adapts
    warmup_steps: int = bounded(0, ge=0)  # updates over which the rate rises linearly; 0: none
    decay_begin: int = bounded(0, ge=0)  # updates after which the rate falls linearly ...
    decay_end: int = bounded(0, ge=0)  # ... to 0 at this one; 0: it stays
    matrix_lr: float = bounded(0.02, gt=0)  # rate of muon for matrices; embeddings, biases and norms have `lr`


@dataclass
class RuntimeConfig:
    """Processes and devices of a run."""

    name: str = choice("local", ("local", "ray"))
    device: str = choice("auto", DEVICES)
    threads: int = bounded(0, ge=0)  # torch threads; 0: leave it to torch
    planned_gpu: str = choice("A100", GPUS)  # GPU of the estimates of --dry-run where none is here
    timeout_seconds: float = bounded(1800.0, gt=0)  # silence that ends a run; with ray, a worker's in a phase
    # The keys below are for ray.
    ray_address: str | None = None  # cluster to join: auto (the one of this machine) or host:port; null: start one here
    policy_workers: int = bounded(0, ge=0)  # processes that share policy and critic; 0: one a GPU, 1 without
    rollout_workers: int = bounded(0, ge=0)  # processes that sample; 0: as many as policy workers
    restarts: int = bounded(3, ge=0)  # times that lost workers are started again from the newest checkpoint
    start_seconds: float = bounded(600.0, gt=0)  # time that a Ray started here has to come up


@dataclass
class TrainerConfig:
    """Length of a run, its records and its folder."""

    total_steps: int = bounded(2000, ge=1)
    seed: int = bounded(0, ge=0)  # seed of sampling; data.seed is that of the order of batches
    micro_batch_tokens: int = bounded(24000, ge=1)  # packed tokens per forward and backward
    logprob_chunk_tokens: int = bounded(0, ge=0)  # rows of logits held at once; 0: what 160 MiB hold in float32
    eval_every: int = bounded(20, ge=0)  # steps between validations, of which the last step has one; 0: none of these
    eval_first: bool = True  # validate before the first step
    keep_rollouts: str = choice("best_worst", ("all", "best_worst", "none"))
    grad_terms_every: int = bounded(0, ge=0)  # steps between gradient norms of each loss term alone; 0: never
    output_dir: str = "runs"
    name: str | None = None  # run folder below output_dir/experiment; default seed<seed>
    resume: str = choice("auto", ("auto", "never"))
    progress_seconds: float = bounded(30.0, gt=0, inf=True)  # pause between lines of progress off a terminal

    def __post_init__(self) -> None:
        self.output_dir = os.path.expanduser(self.output_dir)


@dataclass
class CheckpointConfig:
    """Checkpoints: when they are written, which are kept, what is in them."""

    every: int = bounded(20, ge=0)  # steps; 0: only the last
    keep_last: int = bounded(0, ge=0)  # 0: all
    keep_every: int = bounded(0, ge=0)  # steps whose checkpoints survive keep_last; 0: none
    trainer_state: str = choice("all", ("all", "last"))  # checkpoints with an optimizer, which resuming needs
    dtype: str = choice("auto", ("auto", *DTYPES))  # of exported weights; auto: that of the computation


@dataclass
class LoggerConfig:
    """Local files are always written; these come on top."""

    wandb: bool = False
    wandb_mode: str = choice("online", ("online", "offline"))
    wandb_project: str = "oneshot_rlvr"
    wandb_timeout_seconds: float = bounded(30.0, gt=0)  # wait for its server; then the run logs to files only
    tensorboard: bool = False


# Compute type -> bounds on how far rounding may bring sampler and trainer apart, for keys that are 0.
# They lie above the values measured with equal weights, and below those that faults cause (docs/reliability.md).
MISMATCH_BOUNDS = {
    "float32": {"mean": 0.005, "share": 0.002, "k1": 0.002, "k3": 0.002},
    "float16": {"mean": 0.025, "share": 0.004, "k1": 0.0025, "k3": 0.0025},  # a quarter; its rounding is an eighth
    "bfloat16": {"mean": 0.1, "share": 0.015, "k1": 0.01, "k3": 0.01},
}
# nats, mean over the probe's tokens at temperature 1
PROBE_BOUNDS = {"float32": 1e-3, "float16": 0.075, "bfloat16": 0.3}


@dataclass
class HealthConfig:
    """Rules for what looks wrong in a run: stop (one line, and a bundle under faults/) | warn | off.

    Two bounds stand elsewhere: rollout.probe_bound and reward.max_error_share.
    """

    nonfinite: str = choice("stop", HEALTH_ACTIONS)  # loss, gradient or log-probability; warn, off: skips the update
    mismatch: str = choice("stop", HEALTH_ACTIONS)  # d: trainer - sampler log-probability; a figure too high ...
    mismatch_mean: float = bounded(0.0, ge=0, inf=True)  # ... mean |d|, nats; 0 here and below: MISMATCH_BOUNDS
    mismatch_share: float = bounded(0.0, ge=0, le=1)  # ... tokens with |d| > 0.5 nats
    mismatch_k1: float = bounded(0.0, ge=0, inf=True)  # ... |mean d|, nats
    mismatch_k3: float = bounded(0.0, ge=0, inf=True)  # ... mean of e^d - 1 - d, nats
    stale_weights: str = choice("stop", HEALTH_ACTIONS)  # the sampler does not hold the step's weights
    grader_errors: str = choice("stop", HEALTH_ACTIONS)  # share of timeouts and errors above reward.max_error_share
    constant_groups: str = choice("warn", HEALTH_ACTIONS)  # no group of the step has a policy gradient ...
    constant_steps: int = bounded(20, ge=1)  # ... for so many steps in a row
    entropy_collapse: str = choice("warn", HEALTH_ACTIONS)  # entropy below this share of the first 5 steps' mean
    entropy_low_share: float = bounded(0.02, ge=0)
    entropy_blowup: str = choice("warn", HEALTH_ACTIONS)  # entropy above this multiple of the same
    entropy_high_factor: float = bounded(5.0, ge=1, inf=True)
    label_collapse: str = choice("warn", HEALTH_ACTIONS)  # without labels: votes for right answers fell below ...
    label_low_share: float = bounded(0.01, ge=0, le=1)  # ... this share, and were above
    truncation: str = choice("warn", HEALTH_ACTIONS)  # share of the step's responses that hit rollout.max_new_tokens
    truncated_share: float = bounded(0.98, ge=0, le=1)
    reference_kl: str = choice("warn", HEALTH_ACTIONS)  # policy/kl, nats a token
    reference_kl_high: float = bounded(1.0, gt=0, inf=True)
    patience_steps: int = bounded(5, ge=1)  # steps in a row beyond a bound of entropy, truncation or KL


HEALTH_RULES = tuple(rule.name for rule in fields(HealthConfig) if "names" in rule.metadata)


def mismatch_bounds(health: HealthConfig, dtype: str) -> dict[str, float]:
    """Bounds of health.mismatch by figure, for a run that computes in `dtype`."""
    return {name: getattr(health, f"mismatch_{name}") or bound for name, bound in MISMATCH_BOUNDS[dtype].items()}


@dataclass
class CompatConfig:
    """Oddities of the official code, one a key, all off."""

    zero_lr_first_update: bool = False  # lr 0 in the first step; warm-up counts steps, not updates
    stop_one_step_early: bool = False  # runs total_steps - 1 updates
    floor_history: bool = False  # rlvr select rounds the run's accuracies down to a multiple of 1/group_size
    grade_with_prompt: bool = False  # the graded text is prompt + response


@dataclass
class EvalConfig:
    """Validation during training; `rlvr eval` has its own protocol files in configs/eval/."""

    temperature: float = bounded(0.0, ge=0)
    sampled: int = bounded(0, ge=0)  # samples per problem at the rollout temperature, a second set; 0: none
    samples: int = bounded(1, ge=1)  # per problem
    max_new_tokens: int = bounded(0, ge=0)  # 0: rollout.max_new_tokens
    grader: str | None = grader_name(None)  # null: reward.grader


@dataclass
class ExecutorConfig:
    """Programs that a model wrote, run where they can do no harm (isolation/programs.py)."""

    timeout_seconds: float = bounded(5.0, ge=0.1, le=60)  # CPU seconds of a program
    memory_mb: int = bounded(512, ge=96, le=65536)  # address space of a program's process
    workers: int = bounded(0, ge=0, le=1024)  # programs that run at once; 0: one for each core
    max_value_chars: int = bounded(2000, ge=1, le=1_000_000)  # characters of arguments, and of a value
    modules: list[str] = field(  # that a program of a task may import; []: all that are known
        default_factory=list, metadata={"names": PROGRAM_MODULES}
    )
    allow_unsandboxed: bool = False  # run programs where no filter of system calls can be installed; never as root


@dataclass
class RunConfig:
    """One training run."""

    experiment: str = "custom"  # name of the run folder's parent; set by configs/experiment/*.yaml
    description: str = ""
    reproduces: str = ""  # table and row of the paper
    published: dict[str, float] = field(default_factory=dict)  # benchmark -> published accuracy in percent
    model: ModelConfig = field(default_factory=ModelConfig)
    data: DataConfig = field(default_factory=DataConfig)
    algorithm: AlgorithmConfig = field(default_factory=AlgorithmConfig)
    reward: RewardConfig = field(default_factory=RewardConfig)
    rollout: RolloutConfig = field(default_factory=RolloutConfig)
    source: SourceConfig = field(default_factory=SourceConfig)
    selfplay: SelfPlayConfig = field(default_factory=SelfPlayConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    runtime: RuntimeConfig = field(default_factory=RuntimeConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    compat: CompatConfig = field(default_factory=CompatConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)
    executor: ExecutorConfig = field(default_factory=ExecutorConfig)
    hub_commits: dict[str, str] = field(default_factory=dict)  # by what was asked of the hub; the run fills it in


def with_certainties(reward: RewardConfig) -> bool:
    """Tells whether the sampler has to measure how certain each token was."""
    return reward.certainties or reward.name == "self_certainty"


def without_labels(config: RunConfig) -> bool:
    """Tells whether a run learns from its own responses alone: by a reward of that kind, or by entropy without one."""
    only_entropy = config.algorithm.policy_coef == 0 and config.algorithm.entropy_coef != 0
    return config.reward.name in UNLABELLED_REWARDS or only_entropy
