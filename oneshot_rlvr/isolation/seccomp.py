"""The system calls that a program's process may make: a filter in the kernel, installed without root or packages.

Memory, writing to what is open already, and ending: nothing opens a file or socket, starts a process or thread, signals
or traces another. Every other call fails with EPERM, which a program sees as an ordinary exception. The numbers are
those of the kernel's tables for each architecture.
"""

import ctypes
import os
import struct
import sys
from functools import cache

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
MODE_FILTER = 2
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | 1  # 1: EPERM
PROT_EXEC = 4
X32 = 0x40000000  # from here on: calls of a second table of x86-64, with 32-bit pointers
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, THIRD_ARGUMENT = 0, 4, 32  # offsets in what the filter is given

# Machine -> (architecture word, calls allowed, calls allowed without PROT_EXEC in their third argument)
TABLES = {
    "x86_64": (
        0xC000003E,
        # write, munmap, brk, rt_sigreturn, mremap, madvise, exit, exit_group
        (1, 11, 12, 15, 25, 28, 60, 231),
        (9, 10),  # mmap, mprotect
    ),
    "aarch64": (
        0xC00000B7,
        (64, 215, 214, 139, 216, 233, 93, 94),
        (222, 226),
    ),
}


class CannotFilter(OSError):
    """This kernel or machine takes no filter; the text says why."""


def program(machine: str) -> bytes:
    """The filter as the kernel's instructions, eight bytes each. Raises CannotFilter for an unknown machine."""
    if machine not in TABLES:
        raise CannotFilter(f"no table of system calls for {machine}; there are those of {' and '.join(TABLES)}")
    word, allowed, without_exec = TABLES[machine]
    lines = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, word), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    lines += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, REFUSE)]
    for number in allowed:
        lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    for number in without_exec:
        lines += [(EQUAL, 0, 4, number), (LOAD, 0, 0, THIRD_ARGUMENT), (ANY_BIT, 0, 1, PROT_EXEC)]
        lines += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    lines.append((RETURN, 0, 0, REFUSE))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


class _Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]


@cache
def _prctl() -> "ctypes._NamedFuncPointer":
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    return call


def prctl(option: int, value: int, pointer: "ctypes._Pointer[_Filter] | int" = 0) -> None:
    """The system call of that name; raises OSError, CannotFilter where there is none."""
    if sys.platform != "linux":
        raise CannotFilter(f"{sys.platform} has no seccomp; only Linux has")
    if _prctl()(option, value, ctypes.cast(pointer, ctypes.c_void_p) if pointer else None, 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def install(lines: bytes) -> None:
    """Puts this process and all that it starts under the filter, for good. Raises OSError."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.pointer(_Filter(len(lines) // 8, lines)))
