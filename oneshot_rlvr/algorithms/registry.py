"""Names of the algorithms and of the ways to divide a step's loss."""

GROUP_ALGORITHMS = ("grpo", "dr_grpo", "rloo")  # need two rollouts to compare
ALGORITHMS = (*GROUP_ALGORITHMS, "reinforce_pp", "ppo")
NORMALIZATIONS = ("token_mean", "sequence_mean", "constant", "official")
