"""Runs other programs: what they say goes to a log, and what fails says so."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals


class Failed(Exception):
    """A program ended with another status than 0."""


@dataclass(frozen=True)
class Shell:
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def run(self, *words: str | Path, **more: str) -> str:
        """What the program printed. Raises Failed."""
        done = self._run(words, more)
        if done.returncode:
            raise Failed(
                f"`{' '.join(map(str, words))}` ended with {done.returncode}:\n"
                + "\n".join((done.stdout + done.stderr).splitlines()[-30:])
            )
        return done.stdout

    def works(self, *words: str | Path) -> bool:
        """Whether the program is there and ends with 0."""
        try:
            return self._run(words, {}).returncode == 0
        except FileNotFoundError:
            return False

    def _run(
        self, words: Sequence[str | Path], more: Mapping[str, str]
    ) -> "subprocess.CompletedProcess[str]":
        process = subprocess.Popen(
            words,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            printed, said = process.communicate()
        except BaseException:
            # Also what it has started: debootstrap goes on without its parent.
            os.killpg(process.pid, Signals.SIGKILL)
            process.communicate()
            raise
        done = subprocess.CompletedProcess(words, process.returncode, printed, said)
        with self.log.open("a") as log:
            print("$", *words, file=log)
            print(done.stdout + done.stderr, file=log)
        return done
