"""Choice of the route by which weights get from the policy workers to the engines of the rollout workers."""

from dataclasses import dataclass

from oneshot_rlvr.errors import UserError

OBJECT_STORE, SHARED_MEMORY, IPC, NCCL = "object_store", "shared_memory", "ipc", "nccl"
# Route -> weight transfer backend of the engine; with the object store the engine is fed by its own actor.
BACKENDS = {SHARED_MEMORY: "rlvr_shared_memory", IPC: "ipc", NCCL: "nccl"}

ROUTE_NAMES = {
    OBJECT_STORE: "Ray's object store", SHARED_MEMORY: "shared memory", IPC: "CUDA IPC", NCCL: "NCCL broadcast",
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
        """Routes that this placing has, the best first; the object store where there is no other."""
        ways: list[str] = []
        if self.engine == "vllm":  # the others have no interface for them
            # NCCL takes no two processes on one GPU, and a handle of CUDA IPC is for a process on the same one.
            if self.device == "cuda" and self.placement == "split":
                ways.append(NCCL)
            elif self.device == "cuda" and self.each_has_a_trainer:
                ways.append(IPC)
            if self.one_node:
                ways.append(SHARED_MEMORY)
        return tuple(ways) or (OBJECT_STORE,)


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
