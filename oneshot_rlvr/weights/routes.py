"""Choice of the route by which weights get from the policy workers to the engines of the rollout workers."""

from dataclasses import dataclass

from oneshot_rlvr.errors import UserError

OBJECT_STORE, SHARED_MEMORY, GLOO, IPC, NCCL = "object_store", "shared_memory", "gloo", "ipc", "nccl"
# Route -> weight transfer backend of the engine; with the object store the engine is fed by its own actor.
BACKENDS = {SHARED_MEMORY: "rlvr_shared_memory", GLOO: "rlvr_gloo", IPC: "ipc", NCCL: "nccl"}

ROUTE_NAMES = {
    OBJECT_STORE: "Ray's object store", SHARED_MEMORY: "shared memory", GLOO: "gloo broadcast", IPC: "CUDA IPC",
    NCCL: "NCCL broadcast",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placing:
    """The facts on which the choice depends."""

    engine: str  # rollout.name
    device: str  # cpu | cuda
    placement: str  # colocated | split
    one_node: bool  # all workers on one node
    each_has_a_trainer: bool  # every engine is on the GPU of a policy worker

    @property
    def possible(self) -> tuple[str, ...]:
        """Routes that this placing has, the best first."""
        if self.engine != "vllm":  # no engine of vLLM's, and so no interface of its
            return (OBJECT_STORE,)
        near = (SHARED_MEMORY,) if self.one_node else ()
        if self.device == "cpu":
            return (*near, GLOO, OBJECT_STORE)
        if self.placement == "split":
            return (NCCL, *near, OBJECT_STORE)
        # NCCL takes no two processes on one GPU, and a handle of CUDA IPC is for a process on the same one.
        return (IPC, *near, OBJECT_STORE) if self.each_has_a_trainer else (*near, OBJECT_STORE)


def choose_route(placing: Placing, wanted: str) -> str:
    """The best route, or the one `wanted`; UserError where this placing does not have it."""
    possible = placing.possible
    if wanted == "auto":
        return possible[0]
    if wanted not in possible:
        raise UserError(
            f"rollout.vllm.weight_route={wanted}: not with rollout={placing.engine}, {placing.placement} workers on "
            f"{'one node' if placing.one_node else 'several nodes'} and device {placing.device}; "
            f"possible: {', '.join(possible)}"
        )
    return wanted
