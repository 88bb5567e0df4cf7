#!/usr/bin/env bash
# The study in the program world: self-play; its proposer frozen; programs from the grammar; only the tasks of the
# start; one task and 256 at the start; rules of the gate and how much leaks through it; a constant reward for proposals;
# a reward for form alone; agreement in place of truth for either role, with the gate shut and open. One report, and a
# table at equal numbers of sampled tokens by scripts/selfplay_table.py. OUTPUT_DIR_one and OUTPUT_DIR_deep: the same
# from one program alone, of one operation and of four. OUTPUT_DIR_kinds: two kinds of task and three, validated on
# inductions too. OUTPUT_DIR_long: three times the steps. OUTPUT_DIR_tied, with TIED=FOLDER of a base whose habit is tied
# to depth (docs/program_world.md): whether proposing can be made to pay.
# Three hours on one core. Runs that are finished are not repeated.
# Usage: [TIED=FOLDER] scripts/selfplay_study.sh [OUTPUT_DIR] [key=value ...]; SEEDS="0 1 2 3 4" by default.
set -euo pipefail

rlvr="$(dirname "${BASH_SOURCE[0]}")/../.venv/bin/rlvr"
[ -x "$rlvr" ] || rlvr=rlvr
output="${1:-runs/selfplay_study}"
shift || true
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-0}"

seeds="${SEEDS:-0 1 2 3 4}"
part=
open=(selfplay.gate.duplicates=none selfplay.gate.live=false selfplay.gate.used=false)
train() { # arm, seed, settings
    "$rlvr" train +experiment=azr_world "trainer.output_dir=$output$part" "experiment=$1" "trainer.seed=$2" \
        trainer.eval_every=5 "${@:3}"
}
for seed in $seeds; do
    train self_play "$seed" "$@"
    train seed_tasks "$seed" selfplay.proposer=none "$@"
    train frozen_proposer "$seed" selfplay.train_proposer=false "$@"
    train random_programs "$seed" selfplay.proposer=random "$@"
done
for seed in $seeds; do
    train one_task "$seed" selfplay.seed_tasks=0 "$@"
    train gate_by_task "$seed" selfplay.gate.duplicates=task "$@"
    train gate_open "$seed" "${open[@]}" "$@"
    train constant_reward "$seed" selfplay.reward=constant "$@"
done
for seed in $seeds; do
    train format_only "$seed" selfplay.wrong_reward=1 selfplay.reward=constant "$@"
    train tasks_256 "$seed" selfplay.seed_tasks=256 "$@"
    train leak_10 "$seed" selfplay.gate.leak=0.1 "$@"
    train leak_30 "$seed" selfplay.gate.leak=0.3 "$@"
    train leak_100 "$seed" selfplay.gate.leak=1 "$@"
    train solver_majority "$seed" selfplay.solver_truth=majority "$@"
    train proposer_majority "$seed" selfplay.proposer_truth=majority "$@"
    train both_majority "$seed" selfplay.solver_truth=majority selfplay.proposer_truth=majority "$@"
    train solver_majority_open "$seed" selfplay.solver_truth=majority "${open[@]}" "$@"
    train proposer_majority_open "$seed" selfplay.proposer_truth=majority "${open[@]}" "$@"
    train both_majority_open "$seed" selfplay.solver_truth=majority selfplay.proposer_truth=majority "${open[@]}" "$@"
done

# Induction beside the other kinds; and more iterations.
mkdir -p "${output}_kinds"
all="${output}_kinds/programs_all.jsonl"
cat "$(dirname "${BASH_SOURCE[0]}")"/../data/sandbox/programs_{heldout,induction}.jsonl > "$all"
for seed in $seeds; do
    part=_kinds
    train two "$seed" "data.validation=$all" "$@"
    train three "$seed" "data.validation=$all" "selfplay.kinds=[deduction,abduction,induction]" "$@"
    part=_long
    train self_play "$seed" trainer.total_steps=120 trainer.eval_every=20 "$@"
    train frozen_proposer "$seed" trainer.total_steps=120 trainer.eval_every=20 selfplay.train_proposer=false "$@"
    train seed_tasks "$seed" trainer.total_steps=120 trainer.eval_every=20 selfplay.proposer=none "$@"
done

# The habit that is tied to depth.
part=_tied
for seed in ${TIED:+$seeds}; do
    train self_play "$seed" "model.path=$TIED" "$@"
    train seed_tasks "$seed" "model.path=$TIED" selfplay.proposer=none "$@"
    train random_programs "$seed" "model.path=$TIED" selfplay.proposer=random "$@"
    train depth_bonus "$seed" "model.path=$TIED" selfplay.depth_bonus=0.25 "$@"
    train deepening_gate "$seed" "model.path=$TIED" selfplay.gate.deepen=0.7 "$@"
done

# From one program alone: nothing fills the buffers before the first step.
only=(selfplay.proposer=none selfplay.mc_rollouts=128) # as many answers to the one program as others give to theirs
mkdir -p "${output}_deep"
printf 'def f(x,y):\n a=x+[y]\n b=[i+2 for i in a]\n c=b[::-1]\n return sum(c)\nf([3,5],4)\n' > "${output}_deep/program.py"
set -- selfplay.seed_tasks=0 "$@"
for seed in $seeds; do
    part=_one
    train self_play "$seed" "$@"
    train frozen_proposer "$seed" selfplay.train_proposer=false "$@"
    train seed_task "$seed" "${only[@]}" trainer.total_steps=70 "$@"
    part=_deep
    train self_play "$seed" "selfplay.seed_program=${output}_deep/program.py" "$@"
    train seed_task "$seed" "selfplay.seed_program=${output}_deep/program.py" "${only[@]}" trainer.total_steps=12 \
        trainer.eval_every=2 "$@"
done
"$rlvr" report "$output"/*/seed* --output "$output/report"
