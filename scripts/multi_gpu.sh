#!/usr/bin/env bash
# All GPUs of this machine, or those in CUDA_VISIBLE_DEVICES; without a scheduler.
#
#   scripts/multi_gpu.sh +experiment=pi1_r128 [key=value ...]
#
# Ctrl-C or `kill PID` saves and ends; the same command goes on from there. RLVR names another rlvr than .venv/bin/rlvr.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
rlvr="${RLVR:-$here/.venv/bin/rlvr}"
export OMP_NUM_THREADS=1 GOMP_SPINCOUNT=0

if [ -n "${CUDA_VISIBLE_DEVICES:-}" ]; then
    IFS=, read -ra gpus <<<"$CUDA_VISIBLE_DEVICES"
else
    mapfile -t gpus < <(nvidia-smi --list-gpus 2>/dev/null)
fi
if [ "${#gpus[@]}" -eq 0 ]; then
    echo "multi_gpu.sh: no NVIDIA GPU is visible; for a CPU: rlvr train runtime=ray runtime.device=cpu ..." >&2
    exit 2
fi
exec "$rlvr" train runtime=ray "runtime.policy_workers=${#gpus[@]}" "$@"
