"""Records of evaluation: the plan of a benchmark and its result. A sample is a `Rollout` with verdicts by grader."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oneshot_rlvr.files import seed_of
from oneshot_rlvr.records import parser, read_file
from oneshot_rlvr.types import Problem, Rollout, Sampling


@dataclass(frozen=True, slots=True)
class EvalPlan:
    """The plan by which one benchmark is sampled and graded.

    Example: `EvalPlan("aime24", "qwen25-math-cot", Sampling(0.6, 3072, (151643, 151645)), 8, ("qwen", "exact"), 0)`
    """

    name: str  # of the benchmark: folder name, part of every seed, and what the rules of `qwen` depend on
    template: str
    sampling: Sampling
    samples: int  # per problem
    graders: tuple[str, ...]  # the first gives the headline number
    seed: int
    model: str = ""  # whose samples these are (path and digest); "" is not compared on restart
    engine: str = ""  # sampler and dtype, e.g. "transformers/float32"; "" is not compared
    precision: str = ""  # of the computation, and of weights that were rounded when they were stored; "": not known
    known_model_only: bool = False  # refuse stored samples that do not say whose they are (a run's own validation)
    max_context: int = 0  # positions the model has: longer prompts leave less room for the response; 0: no limit

    def generation_key(self) -> dict[str, Any]:
        """All that decides which text comes out, by name: stored samples are reused only where this is equal."""
        key = {
            "template": self.template,
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_new_tokens": self.sampling.max_new_tokens,
            "stop_ids": sorted(self.sampling.stop_ids),
            "model": self.model,
            "engine": self.engine,
        }
        # A greedy answer does not depend on the seed.
        return key | ({"seed": self.seed} if self.sampling.temperature > 0 else {})


@dataclass(frozen=True, slots=True)
class EvalJob:
    """A benchmark to run: its problems and its plan."""

    problems: tuple[Problem, ...]
    plan: EvalPlan


@dataclass(frozen=True, slots=True)
class EvalResult:
    """One benchmark on one model. Shares and accuracies lie in 0..1; None: there is nothing to divide by."""

    name: str
    template: str
    temperature: float
    max_new_tokens: int
    num_problems: int
    samples: int  # per problem
    grader: str  # of the headline number
    accuracy: float  # mean over problems of the mean over samples: avg@samples
    interval: tuple[float, float]  # 95 %: Wilson for single samples, bootstrap over problems otherwise
    pass_at_k: dict[int, float]  # unbiased; k = 1, 2, 4, ... up to samples
    graders: dict[str, float]  # accuracy under each grader
    disagreements: dict[str, int]  # samples on which another grader contradicts the headline
    ungraded: dict[str, int]  # timeouts and errors of each grader; counted as not correct above
    boxed_share: float | None  # the response has a complete \boxed{}; None: the grader looks for none
    parsed_share: float  # the headline grader found an answer in it
    truncated_share: float  # stopped by the token limit
    repetition_share: float  # ends in a repeated passage
    foreign_script_share: float  # more than 5 % of its letters are of a script that the prompt lacks
    code_stop_share: float  # ends in a code block without a box: the official harness would have executed it
    accuracy_given_boxed: float | None
    accuracy_strict: float | None  # only boxed answers count; None as above
    accuracy_lenient: float  # without a box, the last stated answer or number counts
    reflection_share: float  # has at least one reflection word
    reflection_words: dict[str, float]  # word -> mean count per response
    length_mean: float  # tokens
    length_max: int
    categories: dict[str, float]  # accuracy
    levels: dict[str, float]
    per_problem: dict[str, tuple[int, int]]  # id -> (correct, samples): what paired tests use
    precision: str = ""  # as in EvalPlan

    def __post_init__(self) -> None:
        if not 0 <= self.accuracy <= 1:
            raise ValueError(f"'accuracy' is {self.accuracy}, not between 0 and 1")
        for name, (correct, samples) in self.per_problem.items():
            if not 0 <= correct <= samples or samples == 0:
                raise ValueError(f"'per_problem/{name}' is {correct} right of {samples}")

    def metrics(self) -> dict[str, float]:
        """The lines of `metrics.jsonl`: `eval/<set>/accuracy` and so on."""
        values = {
            "accuracy": self.accuracy,
            "boxed_share": self.boxed_share,
            "truncated_share": self.truncated_share,
            "length_mean": self.length_mean,
        }
        values |= {f"accuracy/{category}": value for category, value in self.categories.items()}
        return {f"eval/{self.name}/{key}": value for key, value in values.items() if value is not None}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, text: bytes) -> "EvalResult":
        """The inverse of `to_json`, as JSON. Raises ValueError naming the field that is missing or of another type."""
        return parser(cls)(text)

    @classmethod
    def read(cls, path: Path) -> "EvalResult":
        """A stored `metrics.json`. UserError if it is damaged, with the command that writes it again."""
        run = next((folder for folder in path.parents if (folder / "config.yaml").is_file()), None)
        command = f"`rlvr eval --ckpt-dir {run}`" if run else "`rlvr eval` with the same options"
        remedy = f"{command} writes it again where it evaluates this set, or move it away to go on without it"
        return read_file(path, cls.from_json, "an evaluation's metrics", remedy)


def sample_seed(seed: int, benchmark: str, problem_id: str, sample: int) -> int:
    """A sample's own seed in [0, 2^63): the same on every machine and whatever else is sampled beside it."""
    return seed_of(f"{seed}\n{benchmark}\n{problem_id}\n{sample}")


def sample_key(sample: Rollout) -> tuple[str, int]:
    """Names a sample of a benchmark: id of the problem, and 0 .. samples - 1."""
    return sample.task.problem.id, sample.index
