"""What others say, as far as it may be shown."""

from collections.abc import Iterable

_LONGEST = 300
_SHORTEST_SECRET = 4


def as_words(said: str | bytes, secrets: Iterable[str] = ()) -> str:
    """One line of what can be read, without the secrets."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "…")
    line = " ".join(
        "".join(sign if sign.isprintable() else " " for sign in text).split()
    )
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
