"""Wrong configurations, data sets and models, and what is said about each: `python tests/soak/wrong_inputs.py`.

Prints the tables of docs/reliability.md. tests/integration/test_wrong_inputs.py asserts every row: exit code 2, one
line, no traceback, under two seconds, nothing written.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LIMIT_SECONDS = 2.0
SHOWN = 240  # characters of a line in the tables
RUN = ("train", "+experiment=sandbox_oneshot", "trainer.total_steps=1")
FILE = (*RUN, "data.examples=[]", "data.copies=1", "data.prompts_per_step=1")
MODEL = (*RUN, "model.path=model")
QWEN = {
    "model_type": "qwen2", "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32,
    "vocab_size": 448, "max_position_embeddings": 512, "tie_word_embeddings": True,
}  # fmt: skip
EMPTY = b"\x02" + bytes(7) + b"{}"  # a safetensors file without a tensor
TEMPLATE = json.dumps({"chat_template": "{{ messages }}"})


@dataclass(frozen=True, slots=True)
class Case:
    """One wrong input; `files` are written beforehand (a folder's name ends with /)."""

    what: str
    args: tuple[str, ...]
    said: str  # part of the line
    files: Mapping[str, bytes | str] = field(default_factory=dict)


def key(setting: str, said: str) -> Case:
    return Case(setting, (*RUN, setting), said)


def rows(what: str, content: bytes | str, said: str, name: str = "x.jsonl", *more: str) -> Case:
    return Case(what, (*FILE, f"data.file={name}", *more), said, {name: content})


def model(what: str, said: str, *more: str, config: Mapping[str, object] = QWEN, **files: bytes | str) -> Case:
    """`name__json` stands for the file name.json."""
    content = {"config.json": json.dumps(config)} | {name.replace("__", "."): text for name, text in files.items()}
    return Case(what, (*MODEL, *more), said, {f"model/{name}": text for name, text in content.items()})


GOOD = '{"id": "a", "problem": "1+1?", "answer": "2"}\n'
CONFIGURATIONS = (
    Case("no experiment at all", ("train",), "nothing to train on"),
    Case("an experiment that does not exist", ("train", "+experiment=pi1_r182"), "did you mean 'pi1_r128'?"),
    Case("an experiment that is null", ("train", "experiment=null"), "leave it out for none"),
    Case("a misspelt group", ("train", "+experimnt=pi1_r128"), "did you mean 'experiment'?"),
    Case("a misspelt group that is no key", (*RUN, "+hardwear=gpu48"), "did you mean 'hardware'?"),
    Case("a sweep over nothing", (*RUN, "-m", "trainer.seed=range(3,3)"), "stands for no value"),
    Case("a negative seed of a command", ("select", "--seed", "-1"), "--seed: -1: must be at least 0"),
    key("data.seed=-1", "data.seed=-1: must be at least 0"),
    key("model.init_seed=-7", "model.init_seed=-7: must be at least 0"),
    key(f"trainer.total_steps={10**23}", "must be at most 2147483647"),
    key("trainer.name=a\nb", "trainer.name='a\\nb': holds a control character"),
    key("algorithm.kl_coeff=0.1", "did you mean 'algorithm.kl_coef'?"),
    key("optimiser.lr=1e-5", "did you mean 'optimizer.lr'?"),
    key("optimizer.lr=fast", "optimizer.lr"),
    key("optimizer.lr=0", "optimizer.lr=0.0: must be above 0"),
    key("optimizer.lr=-1e-6", "must be above 0"),
    key("optimizer.lr=nan", "must be a finite number"),
    key("optimizer.lr=inf", "must be a finite number"),
    key("trainer.name=../x", "one folder's name"),
    key("runtime.threads=999999", "this machine has"),
    key("optimizer.beta2=1.5", "must be between 0 and 1"),
    key("optimizer.weight_decay=-0.1", "must be at least 0"),
    key("optimizer.warmup_steps=2.5", "optimizer.warmup_steps"),
    key("algorithm=grop", "did you mean 'grpo'?"),
    key("algorithm.group_size=1", "algorithm.group_size=1: must be at least 2"),
    key("algorithm.group_size=eight", "algorithm.group_size"),
    key("algorithm.normalization=tokens_mean", "did you mean 'token_mean'?"),
    key("algorithm.kl_coef=-0.1", "must be at least 0"),
    key("algorithm.clip_ratio=0", "must be above 0"),
    key("algorithm.gamma=1.01", "must be between 0 and 1"),
    key("algorithm.updates_per_step=3", "does not divide"),
    key("algorithm.rollout_correction=is", "algorithm.rollout_correction=is: not known"),
    key("data.copies=5", "5 training rows do not fill a step of data.prompts_per_step=8"),
    key("data.copies=0", "data.copies=0: must be at least 1"),
    key("data.prompts_per_step=0", "data.prompts_per_step=0: must be at least 1"),
    key("data.examples=[pool-9999]", "pool-9999 is not in data.pool=sandbox_pool"),
    key("data.examples=[]", "nothing to train on"),
    key("data.problem=1+1?", "are both given"),
    key("data.label_noise=1.2", "must be between 0 and 1"),
    key("data.label_noise_method=shuffle", "data.label_noise_method=shuffle: not known"),
    key("data.empty_answers=ignore", "data.empty_answers=ignore: not known"),
    key("data.validation=nowhere.jsonl", "no file nowhere.jsonl"),
    key("data.group_copies=both", "data.group_copies=both: not known"),
    key("reward=format_reward", "did you mean 'format'?"),
    key("reward.grader=deepscalar", "did you mean 'deepscaler'?"),
    key("reward.workers=0", "reward.workers=0: must be at least 1"),
    key("reward.memory_mb=1", "reward.memory_mb=1: must be at least 256"),
    Case("copies of 6,000 digits", (*RUN, f"data.copies={'9' * 6000}"), "not a value that can be read"),
    key("eval.samples=4", "at eval.temperature=0 all samples of a problem are the same"),
    key("reward.timeout_seconds=0", "must be above 0"),
    key("reward.max_error_share=5", "must be between 0 and 1"),
    Case("reward=custom without a function", (*RUN, "reward=custom"), "package.module:function is needed"),
    Case("reward=custom, no such module", (*RUN, "reward=custom", "reward.path=nowhere:f"), "no module 'nowhere'"),
    key("rollout.temperature=0", "rollout.temperature=0.0: must be above 0"),
    key("rollout.top_p=1.2", "must be between 0 and 1"),
    key("rollout.max_new_tokens=0", "must be at least 1"),
    key("rollout.max_new_tokens=100000", "rollout.max_"),
    key("rollout.max_batch_tokens=10", "does not hold one sequence"),
    key("rollout=vlm", "did you mean 'vllm'?"),
    key("runtime.device=gpu", "runtime.device=gpu: not known"),
    key("runtime.device=cuda", "runtime.device=cuda: no NVIDIA GPU is visible"),
    key("model=qwen", "did you mean 'qwen"),
    key("model.dtype=fp16", "model.dtype=fp16: not known"),
    key("model.template=llama4", "did you mean 'llama3'?"),
    key("model.path=/nowhere", "model.path=/nowhere: no such folder"),
    key("model.path=sandbox:base_f", "no such sandbox model; did you mean 'sandbox:base_"),
    key("trainer.total_steps=0", "trainer.total_steps=0: must be at least 1"),
    key("trainer.total_steps=many", "trainer.total_steps"),
    key("trainer.resume=always", "trainer.resume=always: not known"),
    key("trainer.output_dir=/dev/null/runs", "/dev/null is a file, a folder is needed"),
    key("checkpoint.every=-1", "checkpoint.every=-1: must be at least 0"),
    key("checkpoint.dtype=half", "checkpoint.dtype=half: not known"),
    key("health.truncation=ignore", "health.truncation=ignore: not known"),
    key("health.patience_steps=0", "health.patience_steps=0: must be at least 1"),
    key("logger.wandb_mode=onlin", "did you mean 'online'?"),
    Case("1.5 billion parameters without a GPU", ("train", "+experiment=pi1_r128"), "this machine has no GPU"),
    Case("an unknown flag", ("train", "--dri-run"), "did you mean '--dry-run'?"),
    Case("an unknown command", ("trian",), "did you mean 'train'?"),
)
DATA = (
    rows("no such file", GOOD, "no file y.jsonl", "x.jsonl", "data.file=y.jsonl"),
    rows("no rows", "", "x.jsonl: holds no rows"),
    rows("not JSON in line 2", GOOD + "{oops\n", "line 2 is not JSON"),
    rows("a list in a line", "[1, 2]\n", "line 1 is a JSON list, an object is needed"),
    rows("no question", '{"id": "a", "answer": "2"}\n', "row 1: no question"),
    rows("a number as question", '{"problem": 7, "answer": "2"}\n', "row 1: no question"),
    rows("no answer", '{"problem": "1+1?"}\n', "row 1: no answer"),
    rows("an empty answer", '{"id": "a", "problem": "1+1?", "answer": ""}\n', "empty ground truth for id a"),
    rows("an answer that is a list", '{"problem": "1+1?", "answer": ["1", "2"]}\n', "answer is list"),
    rows("one id, two problems", GOOD + '{"id": "a", "problem": "1+2?", "answer": "3"}\n', "id a stands for two"),
    rows("an id that is a list", '{"id": [1], "problem": "1+1?", "answer": "2"}\n', "id is list"),
    rows("not UTF-8", GOOD.encode() + b"\xff\xfe\n", "not UTF-8 (byte 46)"),
    rows("two values in an answer", '{"problem": "1+1?", "answer": "#### 2\\n#### 3"}\n', "answer holds ####"),
    rows("JSON 100,000 deep", "[" * 100_000 + "\n", "line 1: JSON that is nested too deep"),
    rows("an unknown ending", GOOD, "problems are read from .parquet, .jsonl, .jsonl.gz, .json or .csv", "x.txt"),
    rows("not parquet", "not parquet", "x.parquet: not a readable parquet file", "x.parquet"),
)
MODELS = (
    Case("a file", MODEL, "model.path=model: is a file, a folder is needed", {"model": "x"}),
    Case("a folder without a model", MODEL, "holds no config.json", {"model/README": "nothing here"}),
    model("config.json is not JSON", "config.json: cannot be read", config__json="{"),
    model("code of its own", "brings code of its own (auto_map", config={**QWEN, "model_type": "x", "auto_map": {}}),
    model("an encoder and a decoder", "an encoder-decoder model (t5)",
          config={**QWEN, "model_type": "t5", "is_encoder_decoder": True}),
    model("pickled weights", "only pickled weights (pytorch_model.bin)", pytorch_model__bin=b"x"),
    model("no weights", "no weights (*.safetensors)", tokenizer__json="{}"),
    model("cut weights", "model.safetensors is not a complete safetensors file", model__safetensors=EMPTY[:9]),
    model("no tokenizer", "no tokenizer in the folder", model__safetensors=EMPTY),
    model("no chat template", "has no chat template; give another one", model__safetensors=EMPTY, tokenizer__json="{}"),
    model("too few positions", "is more than the 512 positions", "rollout.max_new_tokens=500",
          model__safetensors=EMPTY, tokenizer__json="{}", tokenizer_config__json=TEMPLATE),
)  # fmt: skip
CASES = {"configuration": CONFIGURATIONS, "data set": DATA, "model": MODELS}


@dataclass(frozen=True, slots=True)
class Outcome:
    code: int
    stdout: str
    stderr: str
    seconds: float  # of processor time
    written: list[str]


def run_case(case: Case, folder: Path) -> Outcome:
    """Run the command line in this process, in `folder`."""
    from oneshot_rlvr.cli import main

    for name, content in case.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    before, here = sorted(folder.rglob("*")), os.getcwd()
    out, err = io.StringIO(), io.StringIO()
    os.chdir(folder)
    start = time.process_time()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(case.args))
    finally:
        seconds = time.process_time() - start
        os.chdir(here)
    written = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path not in before]
    return Outcome(code, out.getvalue(), err.getvalue(), seconds, written)


def main() -> int:
    os.environ.pop("RLVR_DATA_DIR", None)
    os.environ |= {"CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
    wrong = 0
    for kind, cases in CASES.items():
        print(f"\n| {kind} | what is printed |\n|---|---|")
        for case in cases:
            with tempfile.TemporaryDirectory(prefix="wrong_") as folder:
                found = run_case(case, Path(folder))
                line = found.stderr.strip().replace(folder + "/", "").removeprefix("rlvr: error: ").replace("|", "\\|")
                line = line if len(line) <= SHOWN else f"{line[:SHOWN]}..."
            good = found.code == 2 and case.said in found.stderr and found.stderr.count("\n") == 1
            wrong += not good
            shown = f"`{case.what}`" if "=" in case.what and " " not in case.what else case.what
            print(f"| {shown} | {line} |")
            if not good:
                print(f"not as it should be: code {found.code}, wanted {case.said!r}", file=sys.stderr)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
