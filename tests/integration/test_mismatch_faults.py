"""Sampler and trainer apart: measured with the same weights and with faults, judged, and simulated, all in small."""

import json
import re
import sys
from pathlib import Path

import pytest
import torch
from runs import SOAK

from oneshot_rlvr.config.schema import RunConfig
from oneshot_rlvr.learner.mismatch import mismatch
from oneshot_rlvr.learner.update import StepStats
from oneshot_rlvr.trainer.health import Fault, HealthMonitor

sys.path.insert(0, str(SOAK))
import health_rules
import mismatch_noise

ALL = {"mean", "share", "k1", "k3"}
CAUGHT_BY = {
    "temperature 1 in one of them": ALL,
    "shifted by a token": ALL - {"k1"},  # no direction: the numbers are the right ones, at other tokens
    "template qwen25-math-cot in one of them": ALL,
    "template plain in one of them": ALL,
}


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def measured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, Path]:
    """Precision, and the log-probabilities and the figures of 3,000 tokens or more of a base model of the sandbox."""
    folder = tmp_path_factory.mktemp(request.param)
    raw, figures = folder / "raw.pt", folder / "figures.json"
    mismatch_noise.main([
        "--model", "sandbox:base_d", "--dtype", request.param, "--rollouts", "128", "--tokens", "3000",
        "--faulty", "64", "--max-new-tokens", "24", "--probes", "2", "--raw", str(raw), "--json", str(figures),
    ])  # fmt: skip
    return request.param, raw, figures


def test_each_fault_is_caught_and_rounding_is_not(measured: tuple[str, Path, Path]) -> None:
    dtype, raw, _ = measured
    cases = mismatch_noise.read([raw])
    assert set(cases) == {mismatch_noise.SAME, mismatch_noise.PROBE, *CAUGHT_BY}
    for name, (ours, theirs) in cases.items():
        monitor = HealthMonitor(RunConfig(), print, dtype)
        found = mismatch(torch.cat(ours), torch.cat(theirs))
        stats = StepStats({}, [], found)
        if name not in CAUGHT_BY:
            monitor.check_update(1, stats)
            continue
        with pytest.raises(Fault) as caught:
            monitor.check_update(1, stats)
        assert set(re.findall(r"above health\.mismatch_(\w+)=", str(caught.value))) == CAUGHT_BY[name], name


def test_the_rules_simulated_on_what_was_measured(
    measured: tuple[str, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    dtype, _, figures = measured
    tokens = json.loads(figures.read_text())["cases"][mismatch_noise.SAME]["tokens"]
    sizes = ["--steps", "5", "--tokens", "100000", "--fault-tokens", "3000"]
    assert health_rules.main([*sizes, "--measured", str(figures)]) == 0
    said = capsys.readouterr().out
    assert re.search(rf"\| {dtype} \| measured \({tokens:,} tokens\) \|.*\| 0 of 5 \|", said)
    for fault in CAUGHT_BY:
        assert re.search(rf"\| {dtype} \| {re.escape(fault)} \([\d,]+ tokens\) \|.*\| 5 of 5 \|", said), fault


def test_the_simulation_tells_false_stops_and_missed_faults(tmp_path: Path) -> None:
    """Noise of 0.3 nats everywhere is stopped, and a fault of none is missed."""
    quiet = {"edges": [-1e-6, 0.0, 1e-6], "counts": [500, 500]}
    loud = {"edges": [-0.3, -0.29, 0.29, 0.3], "counts": [500, 0, 500]}
    for noise, fault in ((loud, loud), (quiet, quiet)):
        file = tmp_path / "figures.json"
        file.write_text(json.dumps({"dtype": "bfloat16", "histograms": {mismatch_noise.SAME: noise, "a fault": fault}}))
        assert health_rules.main(["--steps", "2", "--tokens", "1000", "--measured", str(file)]) == 1


@pytest.mark.parametrize("noise", health_rules.noises(), ids=lambda noise: noise.name)
def test_simulated_noise_is_that_of_two_distributions_over_the_same_tokens(noise: health_rules.Noise) -> None:
    """The mean of e^d is 1 under the sampler; for noise that is small, k1 = k3 = sd^2 / 2."""
    d, p = noise.signed()
    assert p.sum() == pytest.approx(1.0) and (p * torch.from_numpy(d).clamp(max=300).exp().numpy()).sum() == (
        pytest.approx(1.0, abs=1e-6)
    )
    half = (p * d**2).sum() / 2
    if noise.name.startswith("normal"):
        assert -(p * d).sum() == pytest.approx(half, rel=0.01) and half == pytest.approx(0.083**2 / 2, rel=0.1)
