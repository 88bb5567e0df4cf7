"""`rlvr doctor`: what this machine can run, and what is missing, in words. Two options run more than a look."""

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oneshot_rlvr.config.hardware import Gpu
    from oneshot_rlvr.config.schema import RunConfig, ShapeConfig

HELP = "what this machine can run, and what is missing, in words"

# Distribution name -> what it is for; the first group is required.
REQUIRED = {
    "torch": "training and sampling",
    "transformers": "models and tokenizers",
    "hydra-core": "configuration",
    "math-verify": "grading",
    "pyarrow": "parquet files and rollout files",
    "ray": "more than one process or node",
    "huggingface_hub": "models and data from the hub",
    "matplotlib": "figures",
    "wandb": "Weights & Biases logging",
}
OPTIONAL = {
    "vllm": "fast sampling on GPUs (rollout=vllm)",
    "flash-attn": "fast attention on GPUs; torch's own serves without it",
    "peft": "adapters instead of whole weights (model.lora.rank)",
    "bitsandbytes": "8-bit moments (optimizer.name=adamw_8bit)",
    "hydra-submitit-launcher": "sweeps on SLURM",
    "hydra-joblib-launcher": "sweeps on several processes",
    "tensorboard": "logger=tensorboard",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--versions", action="store_true", help="the version of every package of this environment")
    parser.add_argument("--model", metavar="PATH_OR_ID", help="what it takes to train this one here, and nothing else")
    parser.add_argument(
        "--selftest", action="store_true", help="the first minutes on a machine: short runs on its GPUs and engines"
    )
    parser.add_argument(
        "--sandbox",
        action="store_true",
        help="what keeps programs of a model in, and whether it holds: hostile ones run",
    )
    parser.add_argument(
        "--output", type=given, metavar="FILE", help="of --selftest: findings, GPUs and versions as JSON, to attach to "
        "a report (default: rlvr-selftest.json)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    if args.output is not None and not args.selftest:
        raise UserError("--output: goes with --selftest")
    if args.versions:
        print("\n".join(all_versions()))
        return 0
    if args.model is not None:
        print(model_verdict(args.model))
        return 0
    if args.sandbox:
        return run_sandbox()
    if args.selftest:
        return run_selftest(args.output or Path("rlvr-selftest.json"))
    sections = {
        "Machine": machine_lines(),
        "Software": software_lines(),
        "Data and models": data_lines(),
        "What this machine can run": verdict_lines(),
    }
    for title, lines in sections.items():
        print(title)
        print("\n".join(f"  {line}" for line in lines), end="\n\n" if title != list(sections)[-1] else "\n")
    return 0


def run_selftest(report: Path) -> int:
    from oneshot_rlvr.files import check_target
    from oneshot_rlvr.trainer.selftest import selftest

    check_target(report, [])
    passed = selftest(lambda line: print(line, flush=True), report, all_versions())
    print(report)
    return 0 if passed else 1


def run_sandbox() -> int:
    """Layers and attacks, one a line; 1 where one got through. UserError where no program may run at all."""
    from oneshot_rlvr.config.schema import ExecutorConfig
    from oneshot_rlvr.isolation.programs import Programs
    from oneshot_rlvr.isolation.red_team import Finding, attack

    with Programs(ExecutorConfig(timeout_seconds=0.5, workers=1)) as programs:
        print("Programs of a model run under")
        for layer, said in programs.layers.items():
            print(f"  {layer}: {said}")
        print("Programs that try to get out, to stay, or to cheat")
        failed = attacks = 0
        for found in attack(programs):
            if isinstance(found, Finding):
                attacks += 1
                failed += not found.held
                came = found.outcome.fault or f"value {found.outcome.value}"
                detail = f" ({found.outcome.detail})" if found.outcome.detail else ""
                print(f"  {'held' if found.held else 'NOT HELD'}: {found.attack.name}: {came}{detail}")
            else:
                failed += 1
                print(f"  NOT HELD: {found}")
    print(f"{failed} of {attacks} NOT HELD" if failed else f"all {attacks} held; nothing changed, nothing left behind")
    return 1 if failed else 0


def machine_lines() -> list[str]:
    import platform

    from oneshot_rlvr.config.hardware import GIB, cpu, free_disk_bytes, gpus, memory_bytes, num_cores

    found, processor = gpus(), cpu()
    lines = [
        f"Python {platform.python_version()} at {sys.executable}",
        f"{platform.system()} {platform.release()}, {platform.machine()}",
        f"{num_cores()} CPU cores, {memory_bytes() / GIB:.1f} GiB of memory",
        f"{processor.name}: {', '.join(processor.sets) or 'instruction sets not known'}",
        f"{free_disk_bytes(Path.cwd()) / GIB:.1f} GiB free in this folder",
    ]
    lines += [_gpu_line(index, gpu) for index, gpu in enumerate(found)] or ["no NVIDIA GPU is visible"]
    return lines + memory_lines()


def memory_lines() -> list[str]:
    """Lines about the way of weights to vLLM: shared memory, and torch's allocator."""
    from oneshot_rlvr.config.hardware import GIB, free_disk_bytes
    from oneshot_rlvr.config.transfer import expandable_segments, shared_memory_folder

    place = shared_memory_folder()
    lines = [f"{free_disk_bytes(place) / GIB:.1f} GiB free in {place}"]
    if asked := expandable_segments(os.environ):
        lines.append(
            f"{asked} asks for expandable_segments: memory that CUDA IPC does not hand on everywhere; runs with vLLM "
            "leave it out"
        )
    return lines


def _gpu_line(index: int, gpu: "Gpu") -> str:
    from oneshot_rlvr.config.hardware import GIB

    return f"GPU {index}: {gpu.name}, {gpu.memory_bytes / GIB:.1f} GiB"


def version(distribution: str) -> str | None:
    """Version of an installed distribution or its build for CPUs, without importing it."""
    from importlib import metadata

    for name in (distribution, f"{distribution}-cpu"):
        with suppress(metadata.PackageNotFoundError):
            return metadata.version(name)
    return None


def all_versions() -> list[str]:
    """`name==version` of every distribution, sorted."""
    from importlib import metadata

    return sorted({f"{d.metadata['Name']}=={d.version}" for d in metadata.distributions()}, key=str.lower)


def software_lines() -> list[str]:
    from oneshot_rlvr import __version__

    lines = [f"oneshot_rlvr {__version__}"]
    for name, purpose in REQUIRED.items():
        found = version(name)
        lines.append(f"{name} {found}" if found else f"{name} is MISSING ({purpose}); run: make setup")
    for name, purpose in OPTIONAL.items():
        found = version(name)
        lines.append(f"{name} {found}" if found else f"{name} is not installed; it gives {purpose}")
    return lines


def data_lines() -> list[str]:
    from oneshot_rlvr.config.shapes import hub_cache, hub_is_offline
    from oneshot_rlvr.data.registry import locate, sources
    from oneshot_rlvr.paths import cache_dir, user_data_dir

    user = user_data_dir()
    places = {name: locate(source) for name, source in sources().items()}
    here = [name for name, place in places.items() if place is not None]
    missing = [name for name, place in places.items() if place is None]
    cache = hub_cache()
    models = sorted(path.name[8:].replace("--", "/") for path in cache.glob("models--*")) if cache.is_dir() else []
    set_to = "not set" if user is None else f"{user}{'' if user.is_dir() else ' (MISSING)'}"
    return [
        f"RLVR_DATA_DIR: {set_to}",
        f"cache: {cache_dir()}" + ("" if cache_dir().is_dir() else " (empty)"),
        f"here: {', '.join(here) or 'nothing'}",
        f"not here (rlvr data fetch NAME): {', '.join(missing)}" if missing else "every registered data set is here",
        f"hub models here: {', '.join(models) or 'none'}" + ("; HF_HUB_OFFLINE is set" if hub_is_offline() else ""),
    ]


def verdict_lines() -> list[str]:
    from oneshot_rlvr.config.hardware import GIB, gpus, memory_bytes
    from oneshot_rlvr.config.shapes import known_shapes

    found = gpus()
    enough = memory_bytes() > 2 * GIB
    lines = [f"rlvr demo and the experiments named sandbox_*: {'yes' if enough else 'no, they need 2 GiB of memory'}"]
    shapes = {path: shape for path, shape in known_shapes().items() if not path.startswith("sandbox:")}
    return lines + [f"training {path}: {verdict(shape, found)}" for path, shape in shapes.items()]


def verdict(shape: "ShapeConfig", found: "Sequence[Gpu]") -> str:
    """Says whether a model of this shape can be trained here, with memory, and minutes where that is on the CPU."""
    from oneshot_rlvr.config.hardware import GIB, memory_bytes
    from oneshot_rlvr.config.memory import memory_estimate
    from oneshot_rlvr.config.schema import RunConfig
    from oneshot_rlvr.config.shapes import LARGE_MODEL, num_parameters
    from oneshot_rlvr.config.step_time import step_time

    least = memory_estimate(RunConfig(), shape, on_gpu=True).least / GIB
    if found and 0 < found[0].memory_bytes < least * GIB:
        return f"not on one GPU of this kind as it is (at least {least:.0f} GiB; docs/hardware.md: less with hardware=)"
    if found:
        return f"yes (weights, optimizer and sampler alone take {least:.0f} GiB)"
    small = _small_run()
    seconds = step_time(small, shape, None, small.rollout.max_new_tokens).total
    step = f"a step of 64 rollouts of 48 tokens takes about {seconds / 60:.1f} minutes on this CPU (estimate)"
    needed = memory_estimate(small, shape, on_gpu=False).total
    if num_parameters(shape) >= LARGE_MODEL:
        return f"no, it needs a GPU (at least {least:.0f} GiB; {step})"
    if needed > memory_bytes() > 0:
        return f"not in this memory ({needed / GIB:.1f} GiB)"
    return f"yes, with {needed / GIB:.1f} GiB; {step}"


def _small_run() -> "RunConfig":
    """The step that estimates for a CPU are about, which is that of `rlvr demo --real`."""
    from oneshot_rlvr.config.schema import AlgorithmConfig, DataConfig, RolloutConfig, RunConfig

    return RunConfig(
        data=DataConfig(prompts_per_step=8, max_prompt_tokens=128, validation=None),
        algorithm=AlgorithmConfig(entropy_coef=0.0, kl_coef=0.0),
        rollout=RolloutConfig(name="transformers", max_new_tokens=48),
    )


def model_verdict(path: str) -> str:
    """Says the same of the model that the command line names."""
    from oneshot_rlvr.config.hardware import gpus
    from oneshot_rlvr.config.schema import ModelConfig
    from oneshot_rlvr.config.shapes import model_shape, num_parameters

    shape = model_shape(ModelConfig(path=path))
    if shape is None:
        raise UserError(f"--model {path}: not on this machine, and its shape is not known; give a folder, or fetch it")
    return f"training {path} ({num_parameters(shape) / 1e6:,.0f} million parameters): {verdict(shape, gpus())}"
