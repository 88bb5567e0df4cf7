"""The algorithm: batch -> rollouts -> grades -> rewards -> advantages -> update -> new weights -> records."""

from oneshot_rlvr.trainer import health
from oneshot_rlvr.trainer.estimate import estimate
from oneshot_rlvr.trainer.metrics import PhaseClock, ledger_rows, rollout_rows, step_metrics
from oneshot_rlvr.trainer.setup import Run
from oneshot_rlvr.trainer.step import StepRecord, update


def train_steps(run: Run) -> None:
    """Train from `run.first_step` to the last step, or until a signal asks to stop."""
    cfg = run.config
    if run.first_step == 1 and cfg.trainer.eval_first:
        run.validate(0)
    for step in range(run.first_step, run.last_step + 1):
        clock = PhaseClock()
        seeds_P_G, groups_P = run.next_groups(step)
        with clock("generate"):
            groups_P, grading_P_G = run.generate(groups_P, seeds_P_G)  # grading is under way meanwhile
        with clock("grade"):
            grades_P_G = run.collect_grades(grading_P_G)
        health.check_grades(step, grades_P_G, cfg.reward)
        rewards_P_G = run.rewards(groups_P, grades_P_G, seeds_P_G)
        with clock("advantages"):
            found = estimate(run.workers, groups_P, rewards_P_G, cfg.algorithm, cfg.trainer.micro_batch_tokens)
        with clock("update"):
            stats = update(run.workers, groups_P, found, cfg.algorithm, cfg.trainer.micro_batch_tokens,
                           run.loss_constant)  # fmt: skip
        health.check_update(step, stats, cfg)
        with clock("sync"):
            run.sampler.load_weights(step, run.workers.policy.weights())
        record = StepRecord(step, groups_P, grades_P_G, rewards_P_G, found, stats)
        run.folder.append_ledger(ledger_rows(record))
        run.folder.write_rollouts(step, rollout_rows(record, cfg.trainer.keep_rollouts, run.tokenizer))
        if run.due(step, cfg.trainer.eval_every):
            with clock("evaluate"):
                run.validate(step)
        run.log(step, step_metrics(record, run.grading, clock))
        if run.due(step, cfg.checkpoint.every) or run.stop.requested:
            run.save(step)
        run.stop.leave_if_requested(f"step {step} is saved in {run.folder.checkpoints}")
