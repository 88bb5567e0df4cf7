"""The rows that a step trains on: a pure function of seed and step, so that resuming needs no stored state."""

from dataclasses import dataclass

import numpy as np

from oneshot_rlvr.errors import UserError


@dataclass(frozen=True)
class BatchSampler:
    """Epochs of shuffled rows cut into batches; the rows left over at an epoch's end are dropped, as officially.

    Every epoch has its own permutation. With as many rows as prompts a step, one batch is one epoch.
    Example: 1209 rows, 128 prompts a step: 9 batches an epoch, 57 rows (other ones each epoch) unused.
    """

    num_rows: int
    prompts_per_step: int
    shuffle: bool
    seed: int

    def __post_init__(self) -> None:
        if self.prompts_per_step < 1:
            raise UserError(f"data.prompts_per_step={self.prompts_per_step}: at least 1 is needed")
        if self.num_rows < self.prompts_per_step:
            fold = -(-self.prompts_per_step // max(1, self.num_rows))
            raise UserError(
                f"data: {self.num_rows} training rows do not fill a step of data.prompts_per_step="
                f"{self.prompts_per_step}; raise data.copies {fold}-fold or lower data.prompts_per_step"
            )

    @property
    def batches_per_epoch(self) -> int:
        """Number of whole batches in an epoch."""
        return self.num_rows // self.prompts_per_step

    def epoch(self, step: int) -> int:
        """Epoch of a step, from 0."""
        return (step - 1) // self.batches_per_epoch

    def batch(self, step: int) -> list[int]:
        """Row numbers of step 1, 2, ... [prompts_per_step]."""
        if step < 1:
            raise ValueError(f"steps count from 1, got {step}")
        epoch, position = divmod(step - 1, self.batches_per_epoch)
        start = position * self.prompts_per_step
        return self._order(epoch)[start : start + self.prompts_per_step]

    def _order(self, epoch: int) -> list[int]:
        if not self.shuffle:
            return list(range(self.num_rows))
        # Raw 64-bit draws, sorted: NumPy promises their stream for ever, that of Generator.permutation it does not.
        keys = np.random.PCG64([self.seed & 0xFFFFFFFFFFFFFFFF, epoch]).random_raw(self.num_rows)
        return np.argsort(keys, kind="stable").tolist()
