"""Data by name: where each public file comes from, its sha256, and where it lies on this machine.

The published training sets, the accuracy history and the benchmarks come from the paper's repository at one commit;
their hashes are fixed here. Sources without a hash here (`sha256=None`) are hashed when fetched, and checked against
that from then on.
"""

from dataclasses import dataclass
from pathlib import Path

from oneshot_rlvr.data.gym import gym_file, gym_stem
from oneshot_rlvr.data.hub import PREFIX as HUB
from oneshot_rlvr.data.hub import hub_file, hub_set
from oneshot_rlvr.errors import UserError, nearest
from oneshot_rlvr.grading.gym import PREFIX as GYM
from oneshot_rlvr.paths import cache_dir, shipped_data_dir, user_data_dir

PAPER_COMMIT = "21ed529ec90002597c92aee957af1dd8166bb66c"
PAPER_FILES = f"https://raw.githubusercontent.com/ypwang61/One-Shot-RLVR/{PAPER_COMMIT}"
BENCHMARK_FOLDER = "Qwen2.5-Eval/evaluation/data"
GSM8K_FILES = (
    "https://raw.githubusercontent.com/openai/grade-school-math/3101c7d5072418e28b9008a6636bde82a006892c/"
    "grade_school_math/data"
)
ARC_COMMIT = "210d026faf9955653af8916fad021475a3f00453"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a data set on the Hugging Face hub."""

    repo: str
    revision: str
    file: str


@dataclass(frozen=True, slots=True)
class Source:
    """One named data file.

    Example: `Source("dsr_sub", "train/one_shot_rlvr/dsr_sub.parquet", "the pool", sha256="bce5...", url="https://...")`
    """

    name: str
    path: str  # place below $RLVR_DATA_DIR and below the cache
    about: str
    sha256: str | None = None
    num_bytes: int = 0  # 0: not known before it is fetched
    url: str = ""  # plain https source ...
    hub: HubFile | None = None  # ... or a hub file
    shipped: Path | None = None  # ... or part of this package
    fetched_by_default: bool = False  # `rlvr data fetch` without names


# Name, bytes, sha256, what it is. In the paper's repository at PAPER_COMMIT.
# fmt: off
TRAINING_SETS = (
    ("dsr_sub", 208112, "bce5945e5666d5b82f1554b0a18203a88a0209f82fa724e5bfdfc17cc9a1aea6",
     "DSR-sub, the pool of the paper: 1209 problems drawn from DeepScaleR"),
    ("pi1_r128", 6732, "75a7a6eec9da7ce6951b8e7ad039d70cd76f17511fe33deff3baacdc0f1cceea", "pi_1 (id 124) 128 times"),
    ("pi2_r128", 5428, "3e29a9aac32c9a667f056a9630378a08dfab170bd4aa468b6d6a7366fc0220ce", "pi_2 (id 267) 128 times"),
    ("pi13_r128", 6307, "34477e27e811ff9df032044d5701e722477124faf4c5b4d9db57d290fc435750", "pi_13 (id 682) 128 times"),
    ("pi1209_r128", 6973, "e4f8c4a529bdf8d12d205bc89e3b62211b880bfe95f729173c737b62d482eb07",
     "pi_1209 (id 789) 128 times"),
    ("merge_pi1_pi13_r128", 6758, "1956a023d60980c8680fb3858cac60cf1a66dffd95aca83210c0fd4f6cb8f1e2",
     "64 times pi_1, 64 times pi_13"),
    ("merge_pi1_pi2_pi13_pi1209_r128", 7802, "501e82d817456e35614d6f08db8bdba6d7b220e667fa21711c003d9148252607",
     "32 times each of pi_1, pi_2, pi_13, pi_1209"),
)
BENCHMARKS = (
    ("math500", 446564, "35dc41080a3680858b27fa7e0533d2d547825316fc5dafe5d316f4ccc5a06132",
     "MATH500, 500 problems (the same as HuggingFaceH4/MATH-500)"),
    ("aime24", 156944, "af2b8bd2aa911b6333ad0df32f3ca05c7ae8ed10f1731f4372c8ae26990bf7ac", "AIME 2024, 30 problems"),
    ("aime25", 12019, "4613b7d3b5346f007625969f4380d932d6a2618fdcc9b89e5d39c7fbddc074b8", "AIME 2025, 30 problems"),
    ("amc23", 27631, "43707e1ca784602d8479de24ee8ce36609dbebc46dd152b0b12a46611aa898a4", "AMC 2023, 40 problems"),
    ("minerva_math", 247267, "0e656b430d3a0a1dab6aa853f453ba3805e28e2cabe4fc72486a897cc09d8ba2",
     "Minerva Math, 272 problems"),
    ("olympiadbench", 1493870, "bb8c1e38a16ea9eacb77530315a674d883f267fbff79183effc53681b4fcc416",
     "OlympiadBench, 675 English open-ended mathematics problems"),
)
# Grade-school problems, at their places below the data folders. Not fetched without their names.
GSM8K = (
    ("gsm8k", 749738, "3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",
     "GSM8K test, 1319 problems", "gsm8k/test.jsonl"),
    ("gsm8k_train", 4166206, "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
     "GSM8K training set, 7473 problems", "gsm8k/train.jsonl"),
)
EASY_MATH = (
    ("svamp", 280029, "d0826ff1264f3860e46fc4e71db9e31d2d188960db87090e22677f9493e67a0d", "SVAMP, 1000 problems"),
    ("asdiv", 613636, "5759580385e706f961a30d4c07d6925b35c3f7c86d6c50bc413957169693dad2",
     "ASDiv, 2215 problems, one of them twice"),
    ("mawps", 402636, "00ffe31161be8623a3d36741830edbba87a3aee0109f693810fe40b9d5d91b8b",
     "MAWPS, 2065 rows, 1981 problems"),
)
# Problems about programs. The files of CruxEval hold both directions.
PROGRAMS = (
    ("humaneval", 44877, "b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
     "HumanEval, 164 programs to complete, with tests", "code/HumanEval.jsonl.gz",
     "https://raw.githubusercontent.com/openai/human-eval/master/data/HumanEval.jsonl.gz"),
    ("mbpp_plus", 0, "af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
     "MBPP+, 378 functions to write, with tests", "code/MbppPlus.jsonl.gz",
     "https://raw.githubusercontent.com/evalplus/mbppplus_release/64fc4195b858a17cdfdb3324f0baf37939144e14/"
     "MbppPlus.jsonl.gz"),
    ("cruxeval_i", 186873, "8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96",
     "CruxEval, 800 programs: arguments for a value", "code/cruxeval.jsonl",
     "https://raw.githubusercontent.com/facebookresearch/cruxeval/main/data/cruxeval.jsonl"),
    ("cruxeval_o", 186873, "8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96",
     "CruxEval, 800 programs: the value of a call", "code/cruxeval.jsonl",
     "https://raw.githubusercontent.com/facebookresearch/cruxeval/main/data/cruxeval.jsonl"),
    ("cruxeval", 186873, "8368b81047dc5014e4caf5a2f97604eff7644e0ecd7415e3ceeb184bbc2e0c96",
     "CruxEval, its 800 programs in both directions", "code/cruxeval.jsonl",
     "https://raw.githubusercontent.com/facebookresearch/cruxeval/main/data/cruxeval.jsonl"),
)
UNPACKED = {  # files that may lie unpacked too: sha256 of the packed one -> of the other
    "af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63":
        "b54e762755248ca411b523c917fa9f93c07b5ff2966bf60b3917b853926a3dad",
}
HISTORY = ("dsr_sub_history", 904326, "c34cd885edc77dc9494b0ababa239483799be5978e288e0181047f139f2efd34",
           "accuracy history of Qwen2.5-Math-1.5B on DSR-sub, 500 steps")
VALIDATION = ("math500_validation", 218851, "a26d23cbad6a4462a1622aff80f4d8bc517d1a0ca4f2ea88ec2436118a956eea",
              "MATH500 as validated on in the official training")
# Name, bytes, sha256, what it is, place below the data folders, place on the hub.
HUB_FILES = (
    ("arc_challenge", 203808, "62f03257e737aed263f55c6abf87c7bb0028a44a6bdd2a26eb1279eb42c1d1e9",
     "ARC-Challenge test, 1172 questions", "benchmarks/arc_challenge.parquet",
     HubFile("allenai/ai2_arc", ARC_COMMIT, "ARC-Challenge/test-00000-of-00001.parquet")),
    ("arc_easy", 346257, "4160597d618ae851c7eb04e281574f3f654776216ac6b6641588d64527b47177",
     "ARC-Easy test, 2376 questions", "benchmarks/arc_easy.parquet",
     HubFile("allenai/ai2_arc", ARC_COMMIT, "ARC-Easy/test-00000-of-00001.parquet")),
    ("deepscaler", 0, None, "DeepScaleR-Preview, about 40,300 problems", "train/deepscaler.json",
     HubFile("agentica-org/DeepScaleR-Preview-Dataset", "main", "deepscaler.json")),
    ("gpqa_diamond", 0, None, "GPQA diamond, 198 questions of multiple choice", "benchmarks/gpqa_diamond.csv",
     HubFile("Idavidrein/gpqa", "main", "gpqa_diamond.csv")),
    ("gpqa_main", 0, None, "GPQA, 448 questions of multiple choice", "benchmarks/gpqa_main.csv",
     HubFile("Idavidrein/gpqa", "main", "gpqa_main.csv")),
    ("livecodebench_execution", 0, None, "LiveCodeBench, 479 programs: the value of a call",
     "code/livecodebench_execution.parquet",
     HubFile("livecodebench/execution-v2", "main", "data/test-00000-of-00001.parquet")),
    ("mmlu_pro", 0, None, "MMLU-Pro test, 12032 questions of multiple choice", "benchmarks/mmlu_pro.parquet",
     HubFile("TIGER-Lab/MMLU-Pro", "main", "data/test-00000-of-00001.parquet")),
    ("math_train", 0, None, "MATH, the 7,500 training problems", "train/math_train.parquet",
     HubFile("DigitalLearningGmbH/MATH-lighteval", "main", "data/train-00000-of-00001.parquet")),
)
# Name, sha256, what it is, place in this package's data folder. The sandbox has its own manifest of hashes.
SHIPPED = (
    ("sandbox_pool", None, "sandbox world: 512 training problems", "sandbox/pool.jsonl"),
    ("sandbox_heldout", None, "sandbox world: 240 held-out problems", "sandbox/heldout.jsonl"),
    ("programs_heldout", None, "program world: 360 held-out tasks", "sandbox/programs_heldout.jsonl"),
    ("programs_induction", None, "program world: 240 held-out inductions", "sandbox/programs_induction.jsonl"),
    ("sandbox_worked", None, "sandbox world: 480 worked answers", "sandbox/worked.jsonl"),
    ("sandbox_history", None, "sandbox world: recorded accuracy history of the pool", "sandbox/history.json"),
    ("sandbox_history_d", None, "the same of base D", "sandbox/history_d.json"),
    ("word_pool", None, "easy word problems made by rules: 250 to train on", "word_problems/pool.jsonl"),
    ("word_heldout", None, "easy word problems made by rules: 200 held-out", "word_problems/heldout.jsonl"),
    ("pi1", "46a4f8abb193cc162e34c61f053b32ec518c990d332c8be269e86a432343ea02", "pi_1, the paper's example",
     "examples/pi1.jsonl"),
    ("pi13", "44586c718cd1ac9eeca62271136bfc64a3cab48f809458124997d65e16b4ff2c", "pi_13", "examples/pi13.jsonl"),
)
# fmt: on


def _paper(row: tuple[str, int, str, str], path: str, remote: str) -> Source:
    name, num_bytes, sha256, about = row
    return Source(name, path, about, sha256, num_bytes, url=f"{PAPER_FILES}/{remote}", fetched_by_default=True)


def _sources() -> list[Source]:
    found = []
    for row in TRAINING_SETS:
        path = f"train/one_shot_rlvr/{row[0]}.parquet"
        found.append(_paper(row, path, f"data/{path}"))
    found.append(_paper(HISTORY, "acc_step_500.json", "data/acc_step_500.json"))
    for row in BENCHMARKS:
        found.append(_paper(row, f"benchmarks/{row[0]}.jsonl", f"{BENCHMARK_FOLDER}/{row[0]}/test.jsonl"))
    found.append(_paper(VALIDATION, "test/math500.parquet", "data/test/math500.parquet"))
    for name, num_bytes, sha256, about, path in GSM8K:
        url = f"{GSM8K_FILES}/{path.removeprefix('gsm8k/')}"
        found.append(Source(name, path, about, sha256, num_bytes, url=url))
    for name, num_bytes, sha256, about in EASY_MATH:
        url = f"{PAPER_FILES}/{BENCHMARK_FOLDER}/{name}/test.jsonl"
        found.append(Source(name, f"easy_math/{name}.jsonl", about, sha256, num_bytes, url=url))
    for name, num_bytes, sha256, about, path, url in PROGRAMS:
        found.append(Source(name, path, about, sha256, num_bytes, url=url))
    for name, num_bytes, sha256, about, path, hub in HUB_FILES:
        found.append(Source(name, path, about, sha256, num_bytes, hub=hub))
    for name, sha256, about, path in SHIPPED:
        found.append(Source(name, path, about, sha256, shipped=shipped_data_dir() / path))
    return found


POOL_OF_HISTORY = {"dsr_sub_history": "dsr_sub", "sandbox_history": "sandbox_pool",
                   "sandbox_history_d": "sandbox_pool"}  # fmt: skip


def sources() -> dict[str, Source]:
    """All registered names, in the order they are listed to the user."""
    return {source.name: source for source in _sources()}


def places(source: Source) -> list[Path]:
    """Paths at which a named file may be, the first that exists counts: the user's data, the cache, this package."""
    user = user_data_dir()
    folders = [user] if user is not None else []
    paths = [source.path, *([source.path.removesuffix(".gz")] if source.sha256 in UNPACKED else [])]
    found = [folder / path for folder in [*folders, cache_dir()] for path in paths]
    return found + ([source.shipped] if source.shipped is not None else [])


def locate(source: Source) -> Path | None:
    """The file on this machine, or None."""
    return next((place for place in places(source) if place.is_file()), None)


def set_name(name_or_path: str) -> str:
    """The name under which the results of a set go: its own where it is registered, else the stem of its file."""
    if name_or_path.startswith(HUB):
        return hub_set(name_or_path).stem
    if name_or_path.startswith(GYM):
        return gym_stem(name_or_path)
    return name_or_path if name_or_path in sources() else Path(name_or_path).stem


def find_file(name_or_path: str, what: str = "data", limit: int | None = None) -> Path:
    """Path of a data file given by path, by registered name, by its place below the data folders, or made in the cache
    of a data set of the hub (with `limit` of its first rows) or of reasoning-gym.

    Raises UserError when there is none: with the `rlvr data fetch` command for a name that can be fetched.
    """
    if name_or_path.startswith(HUB):
        return hub_file(name_or_path, limit)
    if name_or_path.startswith(GYM):
        return gym_file(name_or_path)
    given = Path(name_or_path).expanduser()
    if given.is_file():
        return given
    source = sources().get(name_or_path)
    if source is not None:
        found = locate(source)
        if found is not None:
            return found
        if source.shipped is not None:
            raise UserError(
                f"{what}: {source.name} belongs to this package but {source.shipped} is missing; install again"
            )
        raise UserError(f"{what}: {source.name} is not on this machine; get it with: rlvr data fetch {source.name}")
    for folder in (user_data_dir(), cache_dir()):
        if folder is not None and not given.is_absolute() and (folder / given).is_file():
            return folder / given
    if given.is_dir():
        raise UserError(f"{what}: {name_or_path} is a folder, a file is needed")
    if given.suffix or "/" in name_or_path:
        raise UserError(f"{what}: no file {name_or_path}")
    raise UserError(f"{what}: no file and no data set named {name_or_path}; {nearest(name_or_path, sources())}")
