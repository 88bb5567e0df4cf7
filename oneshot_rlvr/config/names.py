"""Names that settings may take where more than one module goes by them. Importing this costs nothing."""

DTYPES = {"bfloat16": 2.0, "float16": 2.0, "float32": 4.0}  # type of weights -> bytes of a number
DEVICES = ("auto", "cpu", "cuda")
ENGINES = ("auto", "transformers", "vllm")  # samplers; auto: vllm where it is installed and there is a GPU
# Optimizer -> bytes of the moments of a weight; in 8 bits with a float32 scale for every 256 values.
MOMENTS = {"adamw": 8.0, "muon": 8.0, "adamw_8bit": 2.0 + 8.0 / 256}
VERDICT_REWARDS = ("outcome", "inverted", "majority")  # rewards of 0 or 1; none for a rollout without a verdict
GRADED_REWARDS = ("outcome", "inverted", "custom")  # rewards that go by a verdict on the ground truth
OTHER_REWARDS = ("format", "random")  # rewards of 0 or 1 for every rollout
UNLABELLED_REWARDS = ("majority", "confidence", "self_certainty")  # the model's own, which need no ground truth
UNTRUE_REWARDS = ("random", "constant", "inverted", *UNLABELLED_REWARDS)  # rewards that do not follow the ground truth
REWARDS = (*VERDICT_REWARDS, *OTHER_REWARDS, "confidence", "self_certainty", "constant", "custom")
CHOICES = ("none", "near", "thompson", "volatile", "replay", "band", "band_control")  # rules of rollout/choosing.py
HEALTH_ACTIONS = ("stop", "warn", "off")  # reactions of a run to a broken rule of HealthConfig
PROGRAM_MODULES = (  # of the standard library, that programs of a model may import
    "bisect", "cmath", "collections", "collections.abc", "copy", "dataclasses", "decimal", "enum", "fractions",
    "functools", "heapq", "itertools", "math", "operator", "re", "statistics", "string", "typing",
)  # fmt: skip
