"""One side of benchmarks/grpo_step.py: `rlvr`'s own loop, one step for each line read."""

import sys
from pathlib import Path

import worker

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from oneshot_rlvr.config.load import load_run_config
from oneshot_rlvr.trainer.preflight import check


def main(settings: worker.Settings) -> None:
    config = load_run_config([
        f"model.path={settings.model}", "model.template=plain", "model.gradient_checkpointing=false",
        f"data.file={settings.data}", f"data.prompts_per_step={settings.prompts}", "data.validation=null",
        "data.shuffle=false", "data.max_prompt_tokens=64", "algorithm.kl_coef=0",
        f"algorithm.group_size={settings.group_size}",
        "algorithm.entropy_coef=0", "reward=custom", "reward.path=digits:reward", f"rollout={settings.engine}",
        "rollout.temperature=1.0", f"rollout.max_new_tokens={settings.max_new_tokens}", f"optimizer.lr={settings.lr}",
        "runtime.device=cpu", f"runtime.threads={settings.threads}", f"trainer.output_dir={settings.folder}",
        f"trainer.name={settings.engine}", f"trainer.total_steps={settings.steps}", "trainer.eval_every=0",
        "trainer.eval_first=false", "trainer.keep_rollouts=none", "checkpoint.every=0",
        f"trainer.micro_batch_tokens={settings.micro_batch_tokens}",
        f"algorithm.rollout_correction={'tis' if settings.correction else 'none'}",
        f"algorithm.rollout_correction_cap={worker.CAP}",
    ])  # fmt: skip
    check(config)
    from oneshot_rlvr.commands.train import build
    from oneshot_rlvr.config.sampler import run_path
    from oneshot_rlvr.trainer.inputs import read_inputs
    from oneshot_rlvr.trainer.loop import train_step
    from oneshot_rlvr.trainer.run_folder import RunFolder
    from oneshot_rlvr.trainer.setup import build_run
    from oneshot_rlvr.trainer.stop import StopRequest
    from oneshot_rlvr.trainer.watchdog import Watchdog

    folder = RunFolder(run_path(config))
    with StopRequest() as stop, Watchdog(config.runtime, folder) as watchdog:
        run = build_run(config, build, folder, stop, watchdog, None, [], read_inputs(config))
        stop.training_begins()
        worker.tell(ready=True)
        try:
            for step in range(1, settings.steps + 1):
                worker.wait()
                clock = worker.Clock()
                train_step(run, step)
                values = run.journal.now.values
                phases = {key: values[f"time/{key}"] for key in ("generate", "update", "sync")}
                worker.tell(
                    **clock.read(), phases=phases, reward=values["reward/mean"], tokens=values["tokens/response"]
                )
        finally:
            run.close()


if __name__ == "__main__":
    main(worker.settings())
