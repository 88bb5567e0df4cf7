"""The algorithm: batch -> rollouts -> grades -> rewards -> advantages -> update -> new weights -> records."""

from oneshot_rlvr.config.schedule import saves
from oneshot_rlvr.learner.estimate import estimate
from oneshot_rlvr.learner.update import StepRecord, update
from oneshot_rlvr.trainer.guard import guarded
from oneshot_rlvr.trainer.metrics import PhaseClock, ledger_rows, rollout_rows, step_metrics
from oneshot_rlvr.trainer.setup import Run


def train_steps(run: Run) -> None:
    """Train from `run.first_step` to the last step, or until a signal or a health rule (trainer/guard.py) ends it."""
    with guarded(run):
        if run.evaluation_pending:
            run.validate(run.first_step - 1)
        for step in range(run.first_step, run.last_step + 1):
            train_step(run, step)
        run.finish_saving()


def train_step(run: Run, step: int) -> None:
    cfg = run.config
    clock, terms_every = PhaseClock(run.watchdog.enter), cfg.trainer.grad_terms_every
    seeds_P_G, groups_P = run.next_groups(step)
    with clock("generate"):
        groups_P, grading_P_G = run.generate(groups_P, seeds_P_G)  # grading is under way meanwhile
    with clock("grade"):
        grades_P_G = run.collect_grades(grading_P_G)
    rewards_P_G = run.rewards(groups_P, grades_P_G, seeds_P_G)
    run.finish_saving()  # what a checkpoint holds changes from here on
    with clock("advantages"):
        found = estimate(run.workers, groups_P, rewards_P_G, cfg.algorithm, cfg.trainer.micro_batch_tokens)
    run.stop.check()  # the last moment at which the weights are those of the step before
    with clock("update"):
        stats = update(run.workers, groups_P, found, cfg.algorithm, cfg.trainer.micro_batch_tokens,
                       run.loss_constant, by_term=terms_every > 0 and step % terms_every == 0)  # fmt: skip
    run.health.check_update(step, stats)
    with clock("sync"):
        run.sync(step)
    record = StepRecord(step, groups_P, grades_P_G, rewards_P_G, found, stats)
    run.folder.append_ledger(ledger_rows(record))
    run.folder.write_rollouts(step, rollout_rows(record, cfg.trainer.keep_rollouts, run.tokenizer))
    run.log(step, step_metrics(record, run.grading, clock, run.probe.gap))
    if run.evaluation_pending:
        run.validate(step)
    if saves(cfg, step):
        run.save(step)
    run.stop.check()
