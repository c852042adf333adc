"""Becomes another program that does not outlive the one which started it.

Run as `python -I -S leash.py PARENT SIGNAL USER GROUP PROGRAM ARGUMENT…`: the
kernel sends SIGNAL to the program when PARENT dies, even by kill -9. USER and
GROUP are numbers, or -1 to stay who we are.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    # Told to stop before we have become the program: without Python's traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent, number, user, group = (int(word) for word in sys.argv[1:5])
    if user >= 0:
        os.setgroups([])
        os.setgid(group)
        os.setuid(user)
    # After the change of user, which would clear it again.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, number) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    # The parent may have died before the kernel was asked to tell.
    if os.getppid() != parent:
        sys.exit("the launcher is gone")
    # Python ignores these two, and an ignored signal stays ignored in whatever
    # we become.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    try:
        os.execv(sys.argv[5], sys.argv[5:])  # noqa: S606 - no shell is wanted
    except OSError as exc:
        sys.exit(f"{sys.argv[5]}: {exc.strerror}")


if __name__ == "__main__":
    main()
