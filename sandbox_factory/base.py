"""From a configuration to the folder of a sandbox base model, with its figures."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

import torch

from oneshot_rlvr.config.schema import SftConfig
from oneshot_rlvr.sandbox.world import held_out_problems, pool_problems
from sandbox_factory.measure import Scores, forced_work, measure
from sandbox_factory.sft import Progress, build_model, habit_stream, skill_stream, train_stage
from sandbox_factory.tokenizer import build_tokenizer, check_round_trip

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM, Qwen2Tokenizer

SAMPLED_TEMPERATURE = 0.6
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class BaseScores:
    """Figures of a base model on held-out problems: as it answers, and when it is made to write its work."""

    problems: int
    greedy: Scores
    sampled: Scores  # one sample each at SAMPLED_TEMPERATURE
    forced_work: Scores


@dataclass(frozen=True, slots=True)
class Made:
    """What `make_base` wrote; `scores` is None where `eval_per_family` is 0."""

    folder: Path
    skill_folder: Path
    skill_reused: bool
    parameters: int
    scores: BaseScores | None


def skill_folder(cfg: SftConfig) -> Path:
    """Where the first stage is kept: named by everything it depends on, so that bases with other habits share it."""
    depends_on = [asdict(cfg.shape), asdict(cfg.skill), cfg.seed, cfg.init_seed, cfg.threads]
    digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:12]
    return Path(cfg.output_dir) / f"skill-{digest}"


def save(folder: Path, model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer") -> None:
    """Write a Hugging Face folder under a temporary name, check that it reads back, then rename."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(unfinished)
    tokenizer.save_pretrained(unfinished)
    check_round_trip(unfinished, tokenizer)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def load_base(folder: Path) -> "Qwen2ForCausalLM":
    """The model of a folder in float32."""
    from transformers import Qwen2ForCausalLM

    return Qwen2ForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="sdpa").eval()


def make_base(cfg: SftConfig, on_progress: OnProgress) -> Made:
    """Both stages, saved to `<output_dir>/<name>/seed<seed>`; the first is taken from disk where it is there."""
    from transformers.utils import logging

    folder = Path(cfg.output_dir) / cfg.name / f"seed{cfg.seed}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()  # transformers' own, for reading and writing one small file
    torch.set_num_threads(cfg.threads)
    tokenizer = build_tokenizer()
    skill = skill_folder(cfg)
    reused = cfg.reuse_skill and (skill / "model.safetensors").is_file()
    if reused:
        model = load_base(skill)
    else:
        model = build_model(cfg, tokenizer)
        train_stage("skill", model, skill_stream(cfg, tokenizer), cfg.skill, on_progress, cfg.log_every)
        save(skill, model, tokenizer)
    train_stage("habit", model, habit_stream(cfg, tokenizer), cfg.habit, on_progress, cfg.log_every)
    save(folder, model, tokenizer)
    scores = score_base(model, tokenizer, cfg.eval_per_family) if cfg.eval_per_family else None
    (folder / "sft.json").write_text(json.dumps(asdict(cfg), indent=1) + "\n")
    if scores is not None:
        (folder / "scores.json").write_text(json.dumps(asdict(scores), indent=1) + "\n")
    return Made(folder, skill, reused, sum(p.numel() for p in model.parameters()), scores)


def score_base(model: "Qwen2ForCausalLM", tokenizer: "Qwen2Tokenizer", per_family: int) -> BaseScores:
    """Figures on the first problems of each family of the held-out stream (40 a family are the shipped set)."""
    pool = frozenset(p.prompt for p in pool_problems())
    problems = held_out_problems(per_family=per_family, exclude=pool)
    return BaseScores(
        problems=len(problems),
        greedy=measure(model, tokenizer, problems, 0.0),
        sampled=measure(model, tokenizer, problems, SAMPLED_TEMPERATURE),
        forced_work=forced_work(model, tokenizer, problems),
    )
