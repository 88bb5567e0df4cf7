"""The parts of a run in progress, and how the learner's weights get to the engine."""

from dataclasses import dataclass

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.errors import RunError
from oneshot_rlvr.isolation.pool import GraderPool
from oneshot_rlvr.learner.learner import Learner
from oneshot_rlvr.rollout.engine import Engine
from oneshot_rlvr.rollout.sources import Source
from oneshot_rlvr.terminal import waiting
from oneshot_rlvr.trainer.health import HealthMonitor
from oneshot_rlvr.trainer.journal import Journal
from oneshot_rlvr.trainer.stop import StopRequest
from oneshot_rlvr.trainer.validate import Validation
from oneshot_rlvr.weights.probe import WeightProbe


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts that `loop.train_steps` calls."""

    config: RunConfig
    source: Source
    engine: Engine
    learner: Learner
    probe: WeightProbe
    health: HealthMonitor
    validation: Validation
    journal: Journal
    pool: GraderPool
    stop: StopRequest
    first_step: int
    last_step: int

    def hand_over(self, step: int) -> None:
        """Gives the step's weights to the engine, and looks whether they arrived."""
        self.engine.load_weights(step, self.learner.weights())
        problem = self.probe.problem(step, self.learner.workers.policy, self.engine)
        self.health.check_weights(step, problem, self.probe.diverged())

    def close(self) -> None:
        """Ends what runs beside the run: writers, graders, workers."""
        journal = self.journal
        if not self.stop.at_once:
            try:
                journal.finish_saving()  # of a run that fails
            except RunError as error:
                journal.progress.note(str(error))
        journal.watchdog.enter("closing")
        journal.progress.close()
        parts = {"the loggers": journal.loggers, "the graders": self.pool, "the source": self.source,
                 "the workers": journal.store}  # fmt: skip
        for name, part in parts.items():
            with waiting(name):
                part.close()
