"""The typed configuration: the only home of defaults.

Every field says what it means and in which unit. YAML files in `configs/` hold only what differs from these values.
Defaults are those of the official `pi1_r128` run wherever it has such a setting.
`__post_init__` refuses values that are wrong by themselves; `config/check.py` refuses impossible combinations.
"""

import os
from dataclasses import dataclass, field

from omegaconf import MISSING

RETIRED = {"rollout.max_mismatch": "health.mismatch_mean"}  # keys that old run folders hold, and what is there instead


def choice(value: str, valid: tuple[str, ...], where: str) -> None:
    """Refuse a value outside `valid`, naming the nearest."""
    from oneshot_rlvr.errors import UserError, nearest

    if value not in valid:
        raise UserError(f"{where}={value}: not known; {nearest(value, valid)}")


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
    tied: bool = True
    head_dim: int = 0  # width of a head; 0: hidden / heads


LINEAR_LAYERS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")  # of a decoder layer


@dataclass
class LoraConfig:
    """Low-rank adapters (arXiv 2106.09685) on a frozen base, through peft: W + alpha/rank B A instead of W."""

    rank: int = 0  # of each adapter; 0: no adapters, every weight is trained
    alpha: float = 32.0
    targets: list[str] = field(default_factory=lambda: list(LINEAR_LAYERS))  # linear layers that get one


@dataclass
class ModelConfig:
    """Which language model is trained."""

    path: str = MISSING  # hub id, folder, or sandbox:NAME (shipped)
    revision: str | None = None  # hub revision
    random_init: bool = False  # build from `shape` with random weights instead of loading; `path` gives the tokenizer
    init_seed: int = 0
    template: str = "own"  # prompt template by name (data/prompts.py): own chat template, plain, qwen25-math-cot, ...
    dtype: str = "auto"  # of the computation: auto (bfloat16 on GPU, float32 on CPU) | bfloat16 | float32
    attention: str = "auto"  # auto | flash | varlen | packed_sdpa
    gradient_checkpointing: bool | None = None  # layers computed again in backward; null: where memory asks for it
    compile: bool | None = None  # decoder layers and head by torch.compile; null: runtime=local, GPU, half precision
    extra_stop_tokens: list[str] = field(default_factory=list)  # besides the eos ids of the generation config
    lora: LoraConfig = field(default_factory=LoraConfig)
    shape: ShapeConfig = field(default_factory=ShapeConfig)


@dataclass
class DataConfig:
    """Which problems are trained on and how a step's batch is drawn from them."""

    file: str | None = None  # parquet or jsonl of problems (a path, or a registered name)
    examples: list[str] = field(default_factory=list)  # pi1, pi13, ... or data-set ids within `pool`
    pool: str = "dsr_sub"  # where `examples` other than the shipped pi1 and pi13 are looked up: name or path
    problem: str | None = None  # one problem given on the command line ...
    answer: str | None = None  # ... and its answer
    suffix: str = ""  # text put behind the prompt of `problem=` and of every row of `file=` that does not end with it
    copies: int = 1  # rows of each example in the training set, as in a duplicated parquet
    group_copies: str = "separate"  # separate: each copy is its own group | merged: all copies of a step form one group
    label: str | None = None  # replace every ground truth (label interventions)
    label_noise: float = 0.0  # share of problems whose label is made wrong
    label_noise_method: str = "swap"  # swap: another problem's label | perturb: its numbers moved (Table 17)
    empty_answers: str = "refuse"  # problems without a ground truth: refuse | drop | keep
    prompts_per_step: int = 128
    shuffle: bool = True
    seed: int = 1  # order of the batches
    max_prompt_tokens: int = 1024
    validation: str | None = "math500"  # problems evaluated during training: name or path
    validation_limit: int | None = None  # first N only

    def __post_init__(self) -> None:
        choice(self.label_noise_method, ("swap", "perturb"), "data.label_noise_method")
        choice(self.empty_answers, ("refuse", "drop", "keep"), "data.empty_answers")


@dataclass
class AlgorithmConfig:
    """Advantages and loss."""

    name: str = "grpo"  # grpo | dr_grpo | rloo | reinforce_pp | ppo
    group_size: int = 8  # rollouts per prompt copy
    clip_ratio: float = 0.2
    advantage_eps: float = 1e-6
    policy_coef: float = 1.0
    entropy_coef: float = 0.001
    kl_coef: float = 0.001
    kl_clamp: float = 10.0  # k3 is clamped to +-this, as in the official code
    normalization: str = "token_mean"  # token_mean | sequence_mean | constant | official
    normalization_constant: float = 0.0  # denominator per sequence for `constant`; 0: rollout.max_new_tokens
    official_gpus: int = 8  # for `official`: those that the official code would share a step out to
    updates_per_step: int = 1  # optimizer steps per rollout batch; more than 1 needs an old-log-prob pass
    skip_constant_groups: bool = True  # leave groups without gradient out of the passes where that changes nothing
    gamma: float = 1.0  # discount per token, for reinforce_pp and ppo
    lam: float = 1.0  # of generalised advantage estimation, for ppo
    kl_in_reward: bool = False  # kl_coef (old - ref) taken off each token's reward instead of a loss term
    rollout_correction: str = "none"  # none | tis: truncated importance weights between sampler and trainer
    rollout_correction_cap: float = 2.0


@dataclass
class CriticConfig:
    """The value model of PPO: the policy's start with a scalar head. Other AdamW settings are the policy's."""

    lr: float = 1e-5
    value_clip: float = 0.5
    warmup_updates: int = 0  # updates of the critic alone before the policy's first


@dataclass
class RewardConfig:
    """What a rollout earns."""

    name: str = "outcome"  # outcome | format | random | constant | inverted | majority | custom
    path: str | None = None  # package.module:function for `custom`
    probability: float = 0.5  # of reward 1 for `random`
    value: float = 1.0  # of `constant`
    grader: str = "deepscaler"  # qwen | deepscaler | math_verify | exact
    workers: int = 2  # grading processes
    timeout_seconds: float = 10.0  # CPU seconds per item
    memory_mb: int = 4096  # address space of a grading process
    max_error_share: float = 0.05  # of timeouts and errors in a step: the bound of health.grader_errors


@dataclass
class VllmConfig:
    """Options of the vLLM engine; they say how fast and how large, not what is sampled."""

    gpu_memory_utilization: float = 0.5  # share of the GPU; when trainer and engine share it, the rest is the trainer's
    tensor_parallel: int = 1  # GPUs that one engine is cut over
    enforce_eager: bool = False  # no CUDA graphs: slower, starts sooner (on a CPU always so)
    kv_cache_gb: float = 0.0  # GiB of key-value cache; 0: what gpu_memory_utilization leaves, on a CPU 1
    max_num_seqs: int = 256  # sequences decoded at once
    max_model_len: int = 0  # tokens of prompt and response; 0: the largest that data, rollout and eval allow
    sleep: bool = False  # weights and cache are given back from a step's last sample to the next weights (GPU only)
    weight_route: str = "auto"  # runtime=ray: auto | ipc | nccl | gloo | shared_memory | object_store (distributed.md)


@dataclass
class RolloutConfig:
    """How responses are sampled."""

    name: str = "auto"  # transformers | vllm | auto: vllm where it is installed and there is a GPU
    temperature: float = 0.6
    top_p: float = 1.0
    max_new_tokens: int = 3072
    max_batch_tokens: int = 262144  # cache tokens held at once by the transformers sampler
    placement: str = "colocated"  # runtime=ray: colocated (sampler and trainer share each GPU) | split
    probe_bound: float = 0.0  # of a fixed response after each hand-over of weights, nats; 0: PROBE_BOUNDS
    vllm: VllmConfig = field(default_factory=VllmConfig)


@dataclass
class OptimizerConfig:
    """AdamW. Weight decay acts on all parameters that are trained, as in the official code."""

    name: str = "adamw"  # adamw | adamw_8bit: moments in 8 bits (arXiv 2110.02861), through bitsandbytes
    offload: bool = False  # float32 weights and moments in main memory, the step on the processor
    lr: float = 1e-6
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    warmup_steps: int = 0  # updates, linear; 0: the full rate from the first


@dataclass
class RuntimeConfig:
    """Where workers live."""

    name: str = "local"  # local | ray
    device: str = "auto"  # auto | cpu | cuda
    threads: int = 0  # torch threads; 0: leave it to torch
    planned_gpu: str = "A100"  # for the estimates of --dry-run where no GPU is here: one of config/hardware.py's GPUS
    timeout_seconds: float = 1800.0  # without a sign of life after which a run is ended; with ray, a worker in a phase
    # The rest is for ray.
    ray_address: str | None = None  # cluster to join: auto (the one of this machine) or host:port; null: start one here
    policy_workers: int = 0  # processes over which policy (and critic) are sharded; 0: one for each GPU, 1 without GPUs
    rollout_workers: int = 0  # processes that sample; 0: as many as policy workers
    restarts: int = 3  # times that lost workers are started again from the newest checkpoint
    start_seconds: float = 600.0  # within which a Ray started here has to be up; a busy machine takes its time


@dataclass
class TrainerConfig:
    total_steps: int = 2000
    seed: int = 0  # of sampling; data order has its own
    micro_batch_tokens: int = 24000  # packed tokens per forward and backward
    logprob_chunk_tokens: int = 0  # rows of logits held at once; 0: what 160 MiB hold in float32
    eval_every: int = 20  # steps between validations, of which the last step has one; 0: none of these
    eval_first: bool = True  # validate before the first step
    keep_rollouts: str = "best_worst"  # all | best_worst | none
    grad_terms_every: int = 0  # steps between measurements of each loss term's own gradient norm; 0: never
    output_dir: str = "runs"
    name: str | None = None  # run folder below output_dir/experiment; default seed<seed>
    resume: str = "auto"  # auto | never
    progress_seconds: float = 30.0  # between plain progress lines when not on a terminal

    def __post_init__(self) -> None:
        self.output_dir = os.path.expanduser(self.output_dir)


@dataclass
class CheckpointConfig:
    every: int = 20  # steps; 0: only the last
    keep_last: int = 0  # 0: all
    keep_every: int = 0  # steps whose checkpoints survive keep_last; 0: none
    trainer_state: str = "all"  # all | last: which checkpoints keep the optimizer (resuming needs one that does)
    dtype: str = "bfloat16"  # of the exported weights: bfloat16 | float32 (the trainer state is always float32)


@dataclass
class LoggerConfig:
    """Local files are always written; these come on top."""

    wandb: bool = False
    wandb_mode: str = "online"  # online | offline
    wandb_project: str = "oneshot_rlvr"
    wandb_timeout_seconds: float = 30.0  # for its server to answer, after which the run logs to files only
    tensorboard: bool = False


# How far rounding may bring sampler and trainer apart, by compute dtype: bounds for what is 0 in a configuration. They
# lie above what was measured with equal weights, and below what faults do (docs/reliability.md).
MISMATCH_BOUNDS = {
    "float32": {"mean": 0.005, "share": 0.002, "k1": 0.002, "k3": 0.002},
    "bfloat16": {"mean": 0.1, "share": 0.015, "k1": 0.01, "k3": 0.01},
}
PROBE_BOUNDS = {"float32": 1e-3, "bfloat16": 0.3}  # nats, mean over the probe's tokens at temperature 1


@dataclass
class HealthConfig:
    """What a run does when something looks wrong. A rule is stop (one line, and a bundle under faults/) | warn | off.

    Two bounds stand elsewhere: rollout.probe_bound and reward.max_error_share.
    """

    nonfinite: str = "stop"  # loss, gradient or log-probability; with warn and off such an update is left out
    mismatch: str = "stop"  # d = trainer - sampler log-probability of a step's tokens: a figure above its bound ...
    mismatch_mean: float = 0.0  # ... mean |d|, nats; 0 here and below: MISMATCH_BOUNDS
    mismatch_share: float = 0.0  # ... tokens with |d| > 0.5 nats
    mismatch_k1: float = 0.0  # ... |mean d|, nats
    mismatch_k3: float = 0.0  # ... mean of e^d - 1 - d, nats
    stale_weights: str = "stop"  # the sampler does not hold the step's weights
    grader_errors: str = "stop"  # share of timeouts and errors above reward.max_error_share
    constant_groups: str = "warn"  # no group of the step has a policy gradient ...
    constant_steps: int = 20  # ... for so many steps in a row
    entropy_collapse: str = "warn"  # entropy below this share of its mean over the run's first 5 steps
    entropy_low_share: float = 0.02
    entropy_blowup: str = "warn"  # entropy above this multiple of the same
    entropy_high_factor: float = 5.0
    truncation: str = "warn"  # share of the step's responses that hit rollout.max_new_tokens
    truncated_share: float = 0.98
    reference_kl: str = "warn"  # policy/kl, nats a token
    reference_kl_high: float = 1.0
    patience_steps: int = 5  # steps in a row of entropy, truncation or KL beyond its bound before it counts


def mismatch_bounds(health: HealthConfig, dtype: str) -> dict[str, float]:
    """Bounds of health.mismatch by figure, for a run that computes in `dtype`."""
    return {name: getattr(health, f"mismatch_{name}") or bound for name, bound in MISMATCH_BOUNDS[dtype].items()}


@dataclass
class CompatConfig:
    """Oddities of the official code, each by name, all off."""

    zero_lr_first_update: bool = False  # lr 0 in the first step; warm-up counts steps, not updates
    stop_one_step_early: bool = False  # runs total_steps - 1 updates
    floor_history: bool = False  # rlvr select rounds the run's accuracies down to a multiple of 1/group_size
    grade_with_prompt: bool = False  # the graded text is prompt + response


@dataclass
class EvalConfig:
    """Validation during training; `rlvr eval` has its own protocol files in configs/eval/."""

    temperature: float = 0.0
    sampled: int = 0  # samples per problem at the rollout temperature, as a set of its own beside; 0: none
    samples: int = 1  # per problem
    max_new_tokens: int = 0  # 0: rollout.max_new_tokens
    grader: str = "deepscaler"


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
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    critic: CriticConfig = field(default_factory=CriticConfig)
    runtime: RuntimeConfig = field(default_factory=RuntimeConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    logger: LoggerConfig = field(default_factory=LoggerConfig)
    health: HealthConfig = field(default_factory=HealthConfig)
    compat: CompatConfig = field(default_factory=CompatConfig)
    eval: EvalConfig = field(default_factory=EvalConfig)


@dataclass
class HabitsConfig:
    """Mixture of response styles that the sandbox base is taught: softmax(logits + context effects)."""

    world_seed: int = 0  # draws the effects of family, lead-in and wording
    logits: dict[str, float] = field(default_factory=dict)  # style -> logit before effects
    family_sd: float = 0.9  # standard deviation of the effects, in logits
    lead_sd: float = 0.9
    wording_sd: float = 0.6
    independent_box: bool = False  # draw boxed or not independently of the style (then only *_box logits are read)
    box_logit: float = 0.0
    box_family_sd: float = 0.7
    box_lead_sd: float = 0.5
    guess_hit_rate: float = 0.12  # share of guesses that are right
    slip_rate: float = 0.75  # share of slip-style answers that do contain a slip

    def __post_init__(self) -> None:
        styles = ("work_box", "work_plain", "guess_box", "guess_plain", "slip_box", "ramble")
        for style in self.logits:
            choice(style, styles, "habits.logits")
        needed = {"work_box", "guess_box", "slip_box", "ramble"}
        if self.logits and self.independent_box and set(self.logits) != needed:
            from oneshot_rlvr.errors import UserError

            raise UserError(f"habits.logits: with independent_box it has exactly {', '.join(sorted(needed))}")


@dataclass
class SftStageConfig:
    """One stage of supervised training; its length is a number of steps, so that a seed reproduces it anywhere."""

    steps: int = 0
    batch_size: int = 24  # examples per step
    matrix_lr: float = 0.02  # Muon, for the matrices of the hidden layers
    lr: float = 3e-3  # AdamW, for embeddings, biases and norms
    warmup_steps: int = 50
    decay_share: float = 0.6  # of the steps, at the end: linear decay to 0
    drill_share: float = 0.35  # of the examples: lines of single facts instead of answers

    def __post_init__(self) -> None:
        from oneshot_rlvr.errors import UserError

        if self.steps < 1 or self.batch_size < 1:
            raise UserError(f"sft stage: steps={self.steps} batch_size={self.batch_size}: both must be at least 1")
        if not 0 < self.decay_share <= 1:
            raise UserError(f"sft stage: decay_share={self.decay_share}: must be above 0 and at most 1")


@dataclass
class SftConfig:
    """Supervised warm start that makes a sandbox base model: first the skill, then the habits."""

    name: str = "custom"  # of the folder that is written
    description: str = ""
    seed: int = 0  # of the training text
    init_seed: int = 0  # of the first weights
    shape: ShapeConfig = field(default_factory=lambda: ShapeConfig(96, 3, 3, 3, 256, 448, 512, True))
    skill: SftStageConfig = field(default_factory=lambda: SftStageConfig(steps=3440))
    habit: SftStageConfig = field(
        default_factory=lambda: SftStageConfig(steps=640, matrix_lr=0.01, lr=2e-3, decay_share=0.8, drill_share=0.05)
    )
    habits: HabitsConfig = field(default_factory=HabitsConfig)
    threads: int = 1  # torch threads; another number rounds differently and gives slightly different weights
    output_dir: str = "runs/sft"
    reuse_skill: bool = True  # take the first stage from output_dir when its settings are the same
    eval_per_family: int = 40  # held-out problems for the figures at the end; 0: none
    log_every: int = 10  # steps between progress reports

    def __post_init__(self) -> None:
        from oneshot_rlvr.errors import UserError

        shape = self.shape
        if shape.heads < 1 or shape.hidden % (2 * shape.heads) or shape.kv_heads < 1 or shape.heads % shape.kv_heads:
            counts = f"hidden={shape.hidden} heads={shape.heads} kv_heads={shape.kv_heads}"
            raise UserError(f"shape: {counts}: heads must divide hidden into even parts, kv_heads must divide heads")
        if self.log_every < 1 or self.threads < 1 or self.eval_per_family < 0:
            raise UserError("sft: log_every and threads must be at least 1, eval_per_family at least 0")
        self.output_dir = os.path.expanduser(self.output_dir)
