"""The recipe of the sandbox's base models, for those who make them anew: `python -m sandbox_factory +sft=sandbox_base`.

Not part of the installed package: what a run needs of the sandbox is oneshot_rlvr/sandbox/ and data/sandbox/.
"""
