#!/usr/bin/env bash
# The whole study in the sandbox: base, format reward, entropy only, wrong labels, random reward, majority vote,
# one example (selected and fixed), four examples, the full set; three seeds where it matters; one report.
# About 15 minutes on one core. Runs that are finished are not repeated.
# Usage: scripts/sandbox_study.sh [OUTPUT_DIR] [key=value ...]
set -euo pipefail

rlvr="$(dirname "${BASH_SOURCE[0]}")/../.venv/bin/rlvr"
[ -x "$rlvr" ] || rlvr=rlvr
output="${1:-runs/sandbox_study}"
shift || true
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}" GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-0}"

mkdir -p "$output"
selected="$output/selected.jsonl"
"$rlvr" select --history sandbox_history --pool sandbox_pool --top-index 0 --copies 8 --rows 5 --output "$selected"
one=("data.file=$selected" "data.examples=[]" data.copies=1)

train() {
    "$rlvr" train "+experiment=$1" "trainer.output_dir=$output" "${@:2}"
}
for seed in 0 1 2; do
    train sandbox_oneshot "trainer.seed=$seed" "${one[@]}" "$@"
    train sandbox_format "trainer.seed=$seed" "${one[@]}" "$@"
    train sandbox_comparison "trainer.seed=$seed" "$@"
    train sandbox_full "trainer.seed=$seed" "$@"
    train sandbox_oneshot_d "trainer.seed=$seed" "$@"
done
for control in entropy random wrong_label unreachable_label majority 4shot; do
    train "sandbox_$control" "$@"
done
"$rlvr" report "$output"/sandbox_{oneshot,format,comparison,full,entropy,random,wrong_label,unreachable_label,majority,4shot}/* \
    --output "$output/report"
"$rlvr" report "$output"/sandbox_oneshot_d/* --output "$output/report_d"
