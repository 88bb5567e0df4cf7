#!/usr/bin/env bash
# The study in the program world: self-play; its proposer frozen; programs from the grammar; only the tasks of the
# start; one task at the start; rules of the gate; a constant reward for proposals. One report, and a table at equal
# numbers of sampled tokens by scripts/selfplay_table.py.
# Half an hour on one core with three seeds. Runs that are finished are not repeated.
# Usage: scripts/selfplay_study.sh [OUTPUT_DIR] [key=value ...]; SEEDS="0 1 2" by default.
set -euo pipefail

rlvr="$(dirname "${BASH_SOURCE[0]}")/../.venv/bin/rlvr"
[ -x "$rlvr" ] || rlvr=rlvr
output="${1:-runs/selfplay_study}"
shift || true
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-0}"

train() { # arm, seed, settings
    "$rlvr" train +experiment=azr_world "trainer.output_dir=$output" "experiment=$1" "trainer.seed=$2" \
        trainer.eval_every=5 "${@:3}"
}
for seed in ${SEEDS:-0 1 2}; do
    train self_play "$seed" "$@"
    train seed_tasks "$seed" selfplay.proposer=none "$@"
    train frozen_proposer "$seed" selfplay.train_proposer=false "$@"
    train random_programs "$seed" selfplay.proposer=random "$@"
done
for seed in ${SEEDS:-0 1 2}; do
    train one_task "$seed" selfplay.seed_tasks=0 "$@"
    train gate_by_task "$seed" selfplay.gate.duplicates=task "$@"
    train gate_open "$seed" selfplay.gate.duplicates=none selfplay.gate.live=false selfplay.gate.used=false "$@"
    train constant_reward "$seed" selfplay.reward=constant "$@"
done
"$rlvr" report "$output"/*/seed* --output "$output/report"
