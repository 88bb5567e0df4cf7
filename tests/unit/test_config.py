"""Configuration: every file loads, mistakes name the nearest valid value, and the algebra of a dry run is right."""

import importlib.util
import json
import struct
from pathlib import Path

import pytest
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given, settings
from hypothesis import strategies as st
from omegaconf import OmegaConf

from oneshot_rlvr import cli
from oneshot_rlvr.commands.multirun import run_name
from oneshot_rlvr.config import check as checks
from oneshot_rlvr.config import hardware
from oneshot_rlvr.config.load import load_run_config, resolved_yaml, yaml_config
from oneshot_rlvr.config.memory import memory_estimate
from oneshot_rlvr.config.overrides import all_keys, as_override, group_options, quote
from oneshot_rlvr.config.schedule import EMPTY_ANSWERS, set_sizes
from oneshot_rlvr.config.schema import ModelConfig, RunConfig, ShapeConfig
from oneshot_rlvr.config.shapes import known_shapes, model_shape, num_parameters
from oneshot_rlvr.config.step_time import flops_estimate
from oneshot_rlvr.errors import UserError
from oneshot_rlvr.paths import configs_dir, sandbox_dir
from oneshot_rlvr.trainer import preflight
from oneshot_rlvr.trainer.dry_run import batch_algebra, describe

GROUPS = ("model", "data", "algorithm", "reward", "rollout", "runtime", "trainer", "checkpoint", "logger", "compat",
          "hardware", "selfplay")  # fmt: skip
EXPERIMENTS = group_options("experiment")


def refused(*overrides: str) -> str:
    with pytest.raises(UserError) as caught:
        preflight.check(load_run_config(list(overrides)))
    message = str(caught.value)
    assert "\n" not in message
    return message


# Every shipped file


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_of_every_group_loads(group: str) -> None:
    options = group_options(group)
    assert options
    for option in options:
        load_run_config([f"{group}={option}"])
        assert (configs_dir() / group / f"{option}.yaml").read_text().startswith("#"), "the first line says why"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_describes_itself_and_fits_on_a_page(name: str) -> None:
    config = load_run_config([f"+experiment={name}"])
    assert config.experiment == name and config.description
    text = (configs_dir() / "experiment" / f"{name}.yaml").read_text()
    # Either a row of a paper with its numbers, or the plain statement that it is none.
    plain = " ".join(text.replace("#", " ").lower().split())
    none = "constructed world" in plain or "no row of the paper" in plain
    assert (config.reproduces and (config.published or "Figure" in config.reproduces)) or none
    assert len(resolved_yaml(config).splitlines()) <= (240 if config.selfplay.enabled else 200)
    if config.algorithm.name == "sft" and not config.data.demonstrations:  # left to the command line
        with pytest.raises(UserError, match=r"^algorithm=sft trains on given responses, and needs data.demonstrations"):
            describe(config)
        config.data.demonstrations = "given.jsonl"
    assert f"{name}: {config.description}" in describe(config)


def test_every_folder_of_configs_is_known() -> None:
    folders = {path.name for path in configs_dir().iterdir() if path.is_dir()}
    assert folders <= {*GROUPS, "experiment", "eval", "study"}


def test_files_say_only_what_differs() -> None:
    defaults = yaml.safe_load(resolved_yaml(RunConfig(model=ModelConfig(path="x"))))
    for path in (configs_dir() / "experiment").glob("*.yaml"):
        content = yaml.safe_load(path.read_text())
        if isinstance(content["defaults"][0], str):
            continue  # builds on another experiment, and may have to take back what that one set
        if {"override /selfplay": "azr"} in content["defaults"]:
            continue  # takes back what /algorithm set
        for section, values in content.items():
            if isinstance(values, dict) and section in defaults and section != "published":
                same = [key for key, value in values.items() if value == defaults[section][key]]
                assert not same, f"{path.name}: {section}.{same} repeat the default"


def test_pi1_r128_has_the_numbers_of_the_paper() -> None:
    config = load_run_config(["+experiment=pi1_r128"])
    assert config.model.path == "Qwen/Qwen2.5-Math-1.5B"
    assert (config.data.examples, config.data.copies, config.data.prompts_per_step) == (["pi1"], 128, 128)
    assert (config.algorithm.group_size, config.algorithm.kl_coef, config.algorithm.entropy_coef) == (8, 1e-3, 1e-3)
    assert (config.rollout.temperature, config.rollout.max_new_tokens) == (0.6, 3072)
    assert config.data.max_prompt_tokens == 1024
    assert (config.optimizer.lr, config.optimizer.weight_decay, config.optimizer.clip_norm) == (1e-6, 0.01, 1.0)
    assert (config.trainer.total_steps, config.trainer.eval_every, config.checkpoint.every) == (2000, 20, 20)
    assert config.published["average"] == 35.0


def test_sandbox_experiments_differ_in_one_thing_each() -> None:
    base = yaml.safe_load(resolved_yaml(load_run_config(["+experiment=sandbox_oneshot"])))
    changed = {}
    for name in ("sandbox_format", "sandbox_full", "sandbox_oneshot_d"):
        other = yaml.safe_load(resolved_yaml(load_run_config([f"+experiment={name}"])))
        changed[name] = {
            f"{section}.{key}" for section in base if isinstance(base[section], dict)
            for key in base[section] if base[section][key] != other[section].get(key)
        }  # fmt: skip
    assert changed["sandbox_format"] == {"reward.name"}
    assert changed["sandbox_full"] == {"data.file", "data.examples", "data.copies"}
    assert {"model.path", "trainer.total_steps"} <= changed["sandbox_oneshot_d"] <= {
        "model.path", "trainer.total_steps", "data.examples"}  # fmt: skip


def test_groups_with_and_without_plus() -> None:
    assert load_run_config(["experiment=pi1_r128"]) == load_run_config(["+experiment=pi1_r128"])
    assert load_run_config(["+model=tiny_random"]).model == load_run_config(["model=tiny_random"]).model
    assert load_run_config(["compat=official"]).compat.floor_history


def test_command_line_wins_over_the_experiment() -> None:
    config = load_run_config(["optimizer.lr=3e-6", "+experiment=pi1_r128", "model=tiny_random"])
    assert config.optimizer.lr == 3e-6 and config.model.random_init


# Round trips


def test_resolved_yaml_reads_back_equal() -> None:
    own = [r"data.label=\frac{4}{3} ${x}", "data.examples=[]", "data.file=a"]
    config = load_run_config(["+experiment=pi13_r128", *own])
    assert yaml_config(resolved_yaml(config), RunConfig) == config


@settings(max_examples=300, deadline=None, derandomize=True)
@example("\\\n")  # `$` of a regular expression also matches before a last newline
@example("\\${x}'")
@given(st.text(alphabet=st.sampled_from(list("ab1 =,{}[]()$\\'\"%^_+-*/:;?!|<>&#@~.\n\té")), max_size=12))
def test_any_text_survives_hydra_and_omegaconf(text: str) -> None:
    if text == "null" or (len(text) > 1 and text[0] == text[-1] and text[0] in "'\""):
        return  # these mean something already
    override = OverridesParser.create().parse_overrides([f"data.problem={quote(text)}"])[0]
    assert OmegaConf.to_container(OmegaConf.create({"x": override.value()}), resolve=True) == {"x": text}


def test_mathematics_survives_the_command_line() -> None:
    for text in (r"Solve ${x}^2 = \frac{4}{3}$, (a, b) in [0, 1)?", "it's 50% of \\", "a\nb: {c} # d"):
        assert load_run_config([f"data.problem={text}"]).data.problem == text


def test_answers_keep_their_zeros_and_words() -> None:
    config = load_run_config(["data.problem=1, 2?", "data.answer=12.80", "data.label=007"])
    assert (config.data.answer, config.data.label, config.data.problem) == ("12.80", "007", "1, 2?")
    assert load_run_config(["data.answer=null"]).data.answer is None
    assert quote("'3'") == "'3'"


def test_paths_with_special_signs_need_no_quotes() -> None:
    assert load_run_config(["model.path=/a b(1)/c=d"]).model.path == "/a b(1)/c=d"


@pytest.mark.parametrize("given_text", ["pi1,pi13", "[pi1,pi13]", "[pi1, pi13]"])
def test_a_list_may_be_written_without_brackets(given_text: str) -> None:
    assert load_run_config([f"data.examples={given_text}"]).data.examples == ["pi1", "pi13"]


# Mistakes


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("algorithm.kl_coeff=1", "no key 'algorithm.kl_coeff'; did you mean 'algorithm.kl_coef'?"),
        ("+experiment=pi1_r12", "no such file in configs/experiment/; did you mean 'pi1_r128'?"),
        ("+experimnt=pi1_r128", "no key 'experimnt'; did you mean 'experiment'?"),
        ("model=tiny", "did you mean 'tiny_random'?"),
        ("kl_coef=3", "did you mean 'algorithm.kl_coef'?"),
        ("modle.path=x", "did you mean 'model.path'?"),
        ("model.shape.hiden=3", "did you mean 'model.shape.hidden'?"),
        ("optimizer.lr=fast", "optimizer.lr: Value 'fast'"),
        ("algorithm.group_size=2.5", "algorithm.group_size: Value '2.5'"),
        ("logger.wandb=maybe", "logger.wandb: Value 'maybe'"),
        ("trainer.seed=0,1", "several values; add -m"),
        ("optimizer.lr=[1,2", "not a value that can be read"),
        ("pi1_r128", "did you mean '+experiment=pi1_r128'?"),
        ("foo", "not of the form key=value"),
        ("eval=paper", "eval is a section; set one of its keys: temperature,"),
        ("algorithm.normalization=token_maen", "did you mean 'token_mean'?"),
        ("algorithm=ppoo", "no such file in configs/algorithm/"),
        ("reward.name=formt", "reward.name=formt: not known; did you mean 'format'?"),
        ("reward.grader=exakt", "did you mean 'exact'?"),
        ("eval.grader=qwn", "did you mean 'qwen'?"),
        ("rollout.name=vlm", "did you mean 'vllm'?"),
        ("runtime.name=rey", "did you mean 'ray'?"),
        ("trainer.resume=yes", "trainer.resume=yes: not known"),
        ("trainer.keep_rollouts=best", "did you mean 'best_worst'?"),
        ("data.group_copies=merge", "did you mean 'merged'?"),
        ("model.dtype=bf16", "did you mean 'bfloat16'?"),
        ("model.attention=flsh", "did you mean 'flash'?"),
        ("model.template=qwen25-math", "did you mean 'qwen25-math-cot'?"),
        ("algorithm.group_size=1", "algorithm.group_size=1: must be at least 2"),
        ("optimizer.lr=0", "optimizer.lr=0.0: must be above 0"),
        ("optimizer.lr=nan", "optimizer.lr=nan: must be a finite number"),
        ("rollout.temperature=0", "must be above 0"),
        ("rollout.top_p=1.5", "must be between 0 and 1"),
        ("rollout.top_p=0", "rollout.top_p=0.0: must be above 0"),
        ("trainer.total_steps=0", "must be at least 1"),
        ("trainer.seed=-1", "trainer.seed=-1: must be at least 0"),
        ("trainer.seed=2147483648", "must be at most 2147483647"),
        ("reward.memory_mb=255", "reward.memory_mb=255: must be at least 256"),
        ("compat.stop_one_step_early=true", "trainer.total_steps=1: must be at least 2"),
        ("model.lora.targets=[q_proj,k_prj]", "model.lora.targets=k_prj: not known; did you mean 'k_proj'?"),
        ("data.empty_answers=keeep", "data.empty_answers=keeep: not known; did you mean 'keep'?"),
        ("data.label_noise=2", "must be between 0 and 1"),
        ("algorithm.updates_per_step=3", "data.prompts_per_step=128 does not divide into algorithm.updates_per_step=3"),
        ("data.copies=4", "4 training rows do not fill a step of data.prompts_per_step=128; give data.copies=128"),
        ("data.copies=100", "or data.prompts_per_step=100"),
        ("data.file=x.jsonl", "data.file and data.examples are both given; drop one with"),
        ("rollout.max_batch_tokens=100", "does not hold one sequence of 1024 + 3072 tokens"),
        ("rollout.vllm.max_num_seqs=0", "must be at least 1"),
        ("rollout.vllm.gpu_memory_utilization=1.1", "must be between 0 and 1"),
        ("runtime.name=rai", "did you mean 'ray'?"),
        ("algorithm.name=pppo", "did you mean 'ppo'?"),
        ("reward=custom", "reward.path=None: package.module:function is needed"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_remedy(override: str, said: str) -> None:
    base = ["data.examples=[pi1]", "model=tiny_random", "data.validation=null"]
    copies = [] if override.startswith(("data.copies", "trainer.seed")) else ["data.copies=128"]
    steps = ["trainer.total_steps=1"] if override.startswith("compat.") else []
    assert said in refused(*base, *copies, *steps, override)


def test_vllm_is_asked_for_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    base = ["data.examples=[pi1]", "data.copies=128", "model=tiny_random", "data.validation=null", "rollout=vllm"]
    found = importlib.util.find_spec
    monkeypatch.setattr(hardware, "gpus", list)
    for module in (hardware, preflight):
        monkeypatch.setattr(module, "find_spec", lambda name: None if name == "vllm" else found(name))
    assert "vLLM is not installed here; `make vllm` makes .venv-vllm with it" in refused(*base)
    for module in (hardware, preflight):
        monkeypatch.setattr(module, "find_spec", lambda name: found("json") if name == "vllm" else found(name))
    preflight.check(load_run_config(base))
    assert "only an engine on a GPU can sleep" in refused(*base, "rollout.vllm.sleep=true")
    assert "a CPU engine is not cut" in refused(*base, "rollout.vllm.tensor_parallel=2")


def test_own_reward_is_looked_for_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    own = ["data.examples=[pi1]", "data.copies=128", "model=tiny_random", "data.validation=null", "reward=custom"]
    assert "no module 'my_rewards_x'" in refused(*own, "reward.path=my_rewards_x:short")
    (tmp_path / "my_rewards_x.py").write_text("def short(*args): return 1.0\n")
    preflight.check(load_run_config([*own, "reward.path=my_rewards_x:short"]))


@pytest.mark.parametrize("text", ["2026_11_26", "1e3", "true", "[x]", "0x10", "{a: b}", "007"])
def test_text_stays_the_text_that_was_typed(text: str) -> None:
    """For Hydra some of these are numbers, and 2026_11_26 would be 20261126."""
    config = load_run_config([f"trainer.name={text}", f"trainer.output_dir={text}"])
    assert (config.trainer.name, config.trainer.output_dir) == (text, text)
    assert load_run_config([as_override("trainer.output_dir", f"{text},a b")]).trainer.output_dir == f"{text},a b"


def test_null_and_home_are_what_they_are_elsewhere() -> None:
    assert load_run_config(["trainer.name=null"]).trainer.name is None
    assert load_run_config(["trainer.output_dir=~/runs"]).trainer.output_dir == str(Path.home() / "runs")


def test_more_rows_than_memory_holds_are_refused() -> None:
    assert "at most 10,000,000" in refused("data.examples=[pi1]", "model=tiny_random", "data.copies=1000000000")


def test_a_wrong_key_in_a_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    shutil.copytree(configs_dir(), tmp_path / "configs")
    (tmp_path / "configs/algorithm/mine.yaml").write_text("kl_coeff: 0.1\n")
    (tmp_path / "configs/algorithm/broken.yaml").write_text("kl_coef: [1\n")
    for module in ("load", "overrides"):
        monkeypatch.setattr(f"oneshot_rlvr.config.{module}.configs_dir", lambda: tmp_path / "configs")
    assert "did you mean 'algorithm.kl_coef'?" in refused("algorithm=mine")
    assert "broken.yaml" in refused("algorithm=broken")


def test_valid_names_are_those_the_code_knows() -> None:
    from oneshot_rlvr.config.schema import RewardConfig
    from oneshot_rlvr.rollout.rewards import reward_function

    for name in ("outcome", "format", "random", "constant", "inverted"):
        assert callable(reward_function(RewardConfig(name=name)))
    assert "algorithm.kl_coef" in all_keys(RunConfig) and "model.shape.hidden" in all_keys(RunConfig)


def test_what_would_learn_nothing_is_refused_and_a_run_that_is_to_change_nothing_is_not() -> None:
    said = refused("+experiment=sandbox_oneshot", "algorithm=entropy_min")
    assert said.startswith("algorithm.policy_coef, entropy_coef and kl_coef are all 0, so that nothing is learned;")
    for learns in ("algorithm.entropy_coef=-1", "algorithm.entropy_target=0.1", "optimizer.weight_decay=0"):
        preflight.check_settings(load_run_config(["+experiment=sandbox_oneshot", "algorithm=entropy_min", learns]))


def test_vllm_cannot_serve_a_reward_that_asks_for_certainties() -> None:
    for key, value in (("reward.name", "self_certainty"), ("reward.certainties", "true")):
        said = refused("+experiment=sandbox_oneshot", "rollout=vllm", f"{key}={value}")
        assert said == f"{key}={value}: vLLM gives no sums over the vocabulary; give rollout=transformers"


# What this machine lacks


def test_large_models_need_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "gpus", list)
    said = refused("+experiment=pi1_r128", "data.validation=null")
    assert said.startswith("model.path=Qwen/Qwen2.5-Math-1.5B has 1.5 billion parameters and this machine has no GPU")
    assert "no NVIDIA GPU is visible" in refused("+experiment=sandbox_oneshot", "runtime.device=cuda")


def test_too_little_memory_is_refused_before_loading(monkeypatch: pytest.MonkeyPatch) -> None:
    from oneshot_rlvr.config.hardware import Gpu

    monkeypatch.setattr(hardware, "gpus", lambda: [Gpu("small", 24e9)])
    # 1,543,714,304 parameters, 20 bytes each: float32 weights, gradients, two moments, bfloat16 reference and sampler
    said = refused("+experiment=pi1_r128", "data.validation=null")
    assert "weights, gradients, optimizer and sampler alone need 31.6 GiB, the GPU has 22.4 GiB" in said


def test_positions_of_the_model_are_a_limit() -> None:
    assert "576 is more than the 512 positions of sandbox:base_e" in refused(
        "+experiment=sandbox_oneshot", "rollout.max_new_tokens=512"
    ).replace("data.max_prompt_tokens=64 + rollout.max_new_tokens=512", "576")


def test_offline_hub_model_that_is_not_cached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    own = ["data.examples=[pi1]", "data.copies=128", "data.validation=null", "model.path=some/model"]
    assert refused(*own) == "model.path=some/model: not in the hub cache, and HF_HUB_OFFLINE is set"
    snapshot = tmp_path / "models--some--model/snapshots/abc"
    snapshot.mkdir(parents=True)
    (tmp_path / "models--some--model/refs").mkdir()
    (tmp_path / "models--some--model/refs/main").write_text("abc")
    (snapshot / "config.json").write_text((sandbox_dir() / "base_e/config.json").read_text())
    assert "positions of some/model" in refused(*own)  # 512 of them, read from the cached file


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/nowhere/model", "no such folder, and not a hub id"),
        ("sandbox:base_x", "no such sandbox model; did you mean 'sandbox:base_p'?"),
        ("a/b/c", "no such folder, and not a hub id"),
    ],
)
def test_model_paths(path: str, said: str) -> None:
    assert said in refused("+experiment=sandbox_oneshot", f"model.path={path}")


@pytest.mark.parametrize(
    "key", ["optimizer.lr", "algorithm.entropy_coef", "reward.value", "rollout.temperature", "runtime.timeout_seconds"]
)
@pytest.mark.parametrize("value", ["inf", "nan"])
def test_numbers_are_finite(key: str, value: str) -> None:
    assert refused("+experiment=sandbox_oneshot", f"{key}={value}") == f"{key}={value}: must be a finite number"


def test_a_bound_may_be_none() -> None:
    checks.check_values(load_run_config(["+experiment=sandbox_oneshot", "optimizer.clip_norm=inf"]))
    assert "must be a finite number" in refused("+experiment=sandbox_oneshot", "optimizer.clip_norm=nan")


@pytest.mark.parametrize("name", ["../x", "a/b", "/tmp/x", "..", "' '"])
def test_a_run_has_one_folders_name(name: str) -> None:
    assert "one folder's name" in refused("+experiment=sandbox_oneshot", f"trainer.name={name}")


def test_threads_that_no_machine_starts() -> None:
    assert "this machine has" in refused("+experiment=sandbox_oneshot", "runtime.threads=999999")


# Shapes and estimates


def test_parameter_counts_of_published_models() -> None:
    shapes = known_shapes()
    assert num_parameters(shapes["Qwen/Qwen2.5-Math-1.5B"]) == 1_543_714_304
    assert num_parameters(shapes["Qwen/Qwen2.5-Math-7B"]) == 7_615_616_512
    # untied: one more embedding of 151,936 x 1,536
    assert num_parameters(shapes["deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"]) == 1_543_714_304 + 151_936 * 1_536


def test_parameter_count_equals_the_shipped_weights() -> None:
    folder = sandbox_dir() / "base_e"
    with (folder / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    stored = 0
    for name, tensor in header.items():
        if name != "__metadata__":
            size = 1
            for length in tensor["shape"]:
                size *= length
            stored += size
    shape = model_shape(ModelConfig(path="sandbox:base_e"))
    assert shape is not None and num_parameters(shape) == stored
    assert shape == known_shapes()["sandbox:base_e"], "configs/model/sandbox_e.yaml and the shipped model differ"


def test_tiny_random_has_the_vocabulary_of_the_tokenizer_it_uses() -> None:
    shape = load_run_config(["model=tiny_random"]).model.shape
    shipped = model_shape(ModelConfig(path="sandbox:base_e"))
    assert shipped is not None and shape.vocab == shipped.vocab


def test_an_inherited_shape_is_not_believed() -> None:
    config = load_run_config(["+experiment=pi1_r128", "model.path=other/model"])
    assert model_shape(config.model) is None
    assert "other/model: shape not known on this machine" in describe(config)
    larger = "Qwen/Qwen2.5-Math-7B"
    assert model_shape(load_run_config([f"model.path={larger}"]).model) == known_shapes()[larger]
    config = load_run_config(["model.path=other/model", "model.shape.layers=4"])
    assert model_shape(config.model) == config.model.shape


def test_batch_algebra() -> None:
    algebra = batch_algebra(load_run_config(["+experiment=pi1_r128", "algorithm.updates_per_step=8"]))
    assert (algebra.prompts, algebra.groups, algebra.rollouts) == (128, 128, 1024)
    assert (algebra.updates, algebra.rollouts_per_update) == (8, 128)
    assert (algebra.max_prompt_tokens, algebra.max_response_tokens) == (1_048_576, 3_145_728)
    merged = batch_algebra(load_run_config(["+experiment=pi1_r128", "data.group_copies=merged"]))
    assert (merged.groups, merged.rollouts) == (1, 1024)


def test_memory_and_flops_by_hand() -> None:
    config = load_run_config(["+experiment=sandbox_oneshot", "trainer.logprob_chunk_tokens=100"])
    shape = ShapeConfig(hidden=8, layers=2, heads=2, kv_heads=1, ffn=16, vocab=10, max_positions=512, tied=True)
    # layer: q 64+8, k and v 2*(32+4), o 64, ffn 3*128, norms 16; twice, + embeddings 80 + last norm 8
    parameters = 2 * (72 + 72 + 64 + 384 + 16) + 80 + 8
    assert num_parameters(shape) == parameters == 1304
    memory = memory_estimate(config, shape, on_gpu=False)
    assert (memory.weights, memory.gradients, memory.optimizer) == (4 * 1304, 4 * 1304, 8 * 1304)
    assert (memory.sampler, memory.reference, memory.compute_copy) == (4 * 1304, 4 * 1304, 0)
    # 64 rollouts of 64 + 64 tokens, keys and values of 4 floats in 2 layers, 4 bytes
    assert memory.kv_cache == 64 * 128 * 2 * 2 * 4 * 4
    assert memory.head == 10 * 100 * 10 + 4 * 10 * 8  # logits, gradient
    assert memory.activations == 64 * 128 * 2 * (34 * 8 + 6 * 16) * 2
    flops = flops_estimate(config, shape, response_tokens=48)
    # a prompt of 64 tokens for each of 8 groups, 48 tokens of 64 rollouts; attention 2 layers width T^2 a sequence
    forward = 2 * 1304 * (8 * 64 + 64 * 48) + 64 * 2 * 2 * 8 * 112**2
    assert (flops.sample, flops.train) == (forward, 4 * forward)  # backward twice that, reference once


def test_dry_run_reports_what_is_missing_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("RLVR_DATA_DIR", raising=False)
    monkeypatch.setenv("RLVR_CACHE", str(tmp_path))
    assert cli.main(["train", "+experiment=dsr_sub", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "; 9 steps an epoch, 56 rows left over" in out  # 1209 less one without an answer
    assert "rollouts a step   1,024" in out
    assert "1.54 billion parameters" in out and "(estimate)" in out
    assert "would refuse: model.path=Qwen/Qwen2.5-Math-1.5B has 1.5 billion parameters" in out
    assert "get it with: rlvr data fetch dsr_sub" in out and "get it with: rlvr data fetch math500" in out
    assert "validations       101 on math500 (500 problems)" in out
    assert "checkpoints       100, all kept" in out
    assert list(tmp_path.iterdir()) == []


def test_dry_run_refuses_what_is_wrong_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "+experiment=pi1_r128", "algorithm.updates_per_step=3", "--dry-run"]) == 2
    assert "does not divide" in capsys.readouterr().err


def test_set_sizes_of_shipped_files() -> None:
    for name, file in (("sandbox_pool", "pool.jsonl"), ("sandbox_heldout", "heldout.jsonl")):
        assert len((sandbox_dir() / file).read_text().splitlines()) == set_sizes()[name]


def test_set_sizes_of_third_party_files(data_dir: Path) -> None:
    from oneshot_rlvr.data.datasets import load_problems
    from oneshot_rlvr.data.registry import locate, sources

    counted = 0
    for name, size in set_sizes().items():
        if locate(sources()[name]) is not None:
            problems = load_problems(name)
            assert len(problems) == size, name
            assert sum(not p.answer.strip() for p in problems) == EMPTY_ANSWERS.get(name, 0), name
            counted += 1
    assert counted >= 10


# Sweeps


def test_run_names_of_a_sweep() -> None:
    assert run_name("", 3) == "seed3"
    assert run_name("optimizer.lr=1e-5", 0) == "optimizer.lr=1e-5,seed0"
    assert run_name("data.file=/a b/c.jsonl", 0) == "data.file=_a_b_c.jsonl,seed0"


def test_a_sweep_runs_each_combination_with_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[tuple[str | None, int, float, str | None]] = []

    def fake(config: RunConfig, dry_run: bool) -> int:
        assert dry_run
        seen.append((config.trainer.name, config.trainer.seed, config.optimizer.lr, config.data.problem))
        return 0

    monkeypatch.setattr("oneshot_rlvr.commands.train.run_one", fake)
    own = ["data.problem=What is ${x}, it's a=3?", "data.answer=3", "data.copies=128", "model=tiny_random"]
    assert cli.main(["train", "-m", *own, "trainer.seed=0,1", "optimizer.lr=1e-5,2e-5", "--dry-run"]) == 0
    problem = "What is ${x}, it's a=3?"
    assert seen == [
        ("optimizer.lr=1e-05,seed0", 0, 1e-5, problem), ("optimizer.lr=2e-05,seed0", 0, 2e-5, problem),
        ("optimizer.lr=1e-05,seed1", 1, 1e-5, problem), ("optimizer.lr=2e-05,seed1", 1, 2e-5, problem),
    ]  # fmt: skip
    assert len(list(tmp_path.glob("runs/sweeps/*/*/.hydra/config.yaml"))) == 4


def test_a_value_given_before_is_swept_over_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[tuple[str | None, float]] = []

    def fake(config: RunConfig, dry_run: bool) -> int:
        seen.append((config.trainer.name, config.optimizer.lr))
        return 0

    monkeypatch.setattr("oneshot_rlvr.commands.train.run_one", fake)
    own = ["+experiment=sandbox_oneshot", "optimizer.lr=1e-3", "optimizer.lr=1e-4,1e-5", "--dry-run"]
    assert cli.main(["train", "-m", *own]) == 0
    assert seen == [("optimizer.lr=0.0001,seed0", 1e-4), ("optimizer.lr=1e-05,seed0", 1e-5)]


def test_a_failing_job_fails_the_sweep_after_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    seeds = []

    def fake(config: RunConfig, dry_run: bool) -> int:
        seeds.append(config.trainer.seed)
        if config.trainer.seed == 0:
            raise UserError("the disk is full")
        return 0

    monkeypatch.setattr("oneshot_rlvr.commands.train.run_one", fake)
    own = ["+experiment=pi1_r128", "model=tiny_random", "trainer.seed=0,1", "--dry-run"]
    assert cli.main(["train", "-m", *own]) == 1
    assert seeds == [0, 1]
    err = capfd.readouterr().err
    assert "the disk is full" in err and "trainer.seed=0" in err and "Traceback" not in err


def test_all_jobs_are_checked_before_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("oneshot_rlvr.commands.train.run_one", lambda *args: pytest.fail("a job was started"))
    own = ["+experiment=sandbox_oneshot"]
    assert cli.main(["train", "-m", *own, "optimizer.lr=1e-4,0"]) == 2
    assert "job 1 of the sweep: optimizer.lr=0.0: must be above 0" in capsys.readouterr().err
    assert cli.main(["train", "-m", *own, "trainer.seed=0,1", "trainer.name=same"]) == 2
    assert "job 1 of the sweep: trainer.name=same: that is the run of job 0" in capsys.readouterr().err
    with monkeypatch.context() as bare:
        bare.setattr("oneshot_rlvr.commands.multirun.util.find_spec", lambda name: None)
        assert cli.main(["train", "-m", *own, "trainer.seed=0,1", "hydra/launcher=joblib"]) == 2
    assert "hydra/launcher=joblib: not installed here; pip install" in capsys.readouterr().err
    same_folder = ["description=a/b,a//b", "trainer.seed=0,1"]
    assert cli.main(["train", "-m", *own, *same_folder]) == 2
    said = "job 2 of the sweep: its run folder would be description=a_b,seed0, which is that of job 0: the same value"
    assert said in capsys.readouterr().err
    assert cli.main(["train", "-m", *own]) == 2
    assert "no key has several values" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("+experiment=pi1_r128,pi13_r12", "did you mean 'pi13_r128'?"),
        ("hydra.sweep.dir=[1", "no viable alternative at input '[1'"),
        ("hydra.mode=zzz", "hydra.mode: Invalid value 'zzz', expected one of [RUN, MULTIRUN]"),
        ("hydra/launcher=zzz", "Could not find 'hydra/launcher/zzz'"),
        ("hydra/sweeper=zzz", "Could not find 'hydra/sweeper/zzz'"),
        ("model=interval(1,2)", "-m: interval() needs another sweeper"),
        ("model=glob(*)", "-m: glob() needs another sweeper"),
        ("data.examples=interval(0,1)", "-m: interval() needs another sweeper"),
        ("data.examples=range(0,0)", "-m: data.examples=range(0,0) stands for no value"),
    ],
)
def test_a_sweep_that_cannot_be_is_one_line(override: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["train", "-m", "+experiment=sandbox_oneshot", "trainer.seed=0,1", override]) == 2
    err = capsys.readouterr().err
    assert err.startswith("rlvr: error: ") and said in err and err.count("\n") == 1
