"""The algorithm: rollouts with rewards -> advantages -> update -> new weights -> records, step after step."""

from oneshot_rlvr.config.schedule import saves, validates
from oneshot_rlvr.trainer.guard import guarded
from oneshot_rlvr.trainer.parts import Parts


def train_steps(run: Parts) -> None:
    """Trains from the first step to the last, or until a signal or a health rule (trainer/guard.py) ends it."""
    with guarded(run):
        if run.validation.pending:
            run.validation.run(run.first_step - 1)
        for step in range(run.first_step, run.last_step + 1):
            train_step(run, step)
        run.journal.finish_saving()


def train_step(run: Parts, step: int) -> None:
    """One step of training: the whole algorithm in order."""
    journal, every = run.journal, run.config.trainer.grad_terms_every
    clock = journal.begin(step)
    rollouts = run.source.step(step, run.engine)
    journal.now.rollouts = rollouts
    if run.source.samples:
        with clock("sync"):
            run.engine.sleep()  # all phases of the source are over: nothing is sampled before the next weights
    run.health.check_rollouts(step, rollouts)
    journal.finish_saving()  # what a checkpoint holds changes from here on
    with clock("advantages"):
        batch = run.learner.advantages(rollouts, version=step - 1)
    run.stop.check()  # the last moment at which the weights are those of the step before
    with clock("update"):
        stats = run.learner.update(batch, by_term=every > 0 and step % every == 0)
    run.health.check_update(step, stats)
    with clock("wait"):
        run.source.settle()  # the next step's rollouts are still sampled with the weights of the step before
    if run.source.samples or validates(run.config, step):
        with clock("sync"):
            run.hand_over(step)
    values = journal.record(batch, stats, run.source.aside(), run.probe.gap)
    journal.complete(step, run.source.state(), values)
    run.validation.pending = validates(run.config, step)
    run.health.check_metrics(step, values)
    if run.validation.pending:
        run.validation.run(step)
    if saves(run.config, step):
        journal.save(step)
    run.stop.check()
