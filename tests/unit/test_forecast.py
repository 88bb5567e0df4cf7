"""Forecast of a run's end from its first steps: figures, interval, and who is foretold from whom."""

import importlib.util
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from oneshot_rlvr.report.run_files import Metrics, Series

SPEC = importlib.util.spec_from_file_location("forecast", Path(__file__).parents[2] / "scripts" / "forecast.py")
assert SPEC is not None and SPEC.loader is not None
forecast = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(forecast)


def test_figures_are_the_level_and_the_change_of_the_steps_seen() -> None:
    accuracy = Series("train/accuracy", tuple(range(1, 8)), (0.1, 0.3, 0.2, 0.2, 0.6, 0.8, 9.0))
    run = SimpleNamespace(metrics=Metrics({"train/accuracy": accuracy}))
    assert forecast.first_figures(run, 6)[:2] == pytest.approx([0.7, 0.5])  # 0.7 less (0.1 + 0.3) / 2
    assert forecast.first_figures(run, 0) == [0.0] * 10
    assert forecast.first_figures(run, 1)[:2] == pytest.approx([0.1, 0.0])


def test_the_interval_is_the_conformal_quantile_of_the_other_errors() -> None:
    errors = [0.5, 0.1, 0.3, 0.2, 0.4, 0.9, 0.8, 0.7, 0.6]
    assert forecast.quantile(errors, 0.9) == 0.9  # the 9th of 9
    assert forecast.quantile(errors, 0.5) == 0.5
    assert forecast.quantile(errors[:8], 0.9) == math.inf  # 8 errors cannot give 90 %


def test_without_figures_the_forecast_is_the_mean_of_the_other_arms() -> None:
    ends, arms = np.array([0.1, 0.3, 0.5, 0.9]), [0, 0, 1, 2]
    found = forecast.foretold(np.zeros((4, 2)), ends, arms, 0.5)
    assert [centre for centre, _ in found] == pytest.approx([0.7, 0.7, 1.3 / 3, 0.3])
    # The first run's interval: 0.5 and 0.9, each foretold by the other alone, miss by 0.4; the 2nd of 2 errors.
    assert found[0][1] == pytest.approx(0.4)


def test_a_straight_relation_is_found() -> None:
    figures = np.linspace(-1, 1, 40)[:, None]
    ends = 0.5 + 0.3 * figures[:, 0]
    # One standardised figure: ridge shrinks the slope by N / (N + 1).
    assert forecast.fitted(figures, ends, np.array([1.0])) == pytest.approx(0.5 + 0.3 * 40 / 41)
    assert forecast.fitted(figures, ends, np.array([9.0])) == 1.0  # an accuracy
