"""The door to faster ways of computing: `fast` is asked, and answers by the plain way where it has no other.

Without the folder models/cpu and the line that imports it everything works, slower.
"""

from oneshot_rlvr.models.plain import Plain

fast = Plain()
from oneshot_rlvr.models.cpu.door import fast  # noqa: E402, F401, F811
