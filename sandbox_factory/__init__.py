"""The recipe of the sandbox's base models, for those who make them anew: text to learn from, figures, shipping.

`rlvr sft` trains them (configs/experiment/sandbox_skill.yaml, sandbox_base_e.yaml, sandbox_base_d.yaml). Not part of
the installed package: what a run needs of the sandbox is oneshot_rlvr/sandbox/ and data/sandbox/.
"""
