"""Makes services/auth/clients/breached.bin, out of passwords by how often they were
found, the most frequent first, a line each:

python -m tests.auth.clients.breached_list < passwords.txt > breached.bin
"""

import sys
from collections.abc import Iterable

from services.auth.clients.breached import digest
from services.auth.domain.passwords import SHORTEST_PASSWORD, bare

MOST = 5_000
# Shorter words are part of too many good passwords to say anything of them.
_SHORTEST_WORD = 4


def chosen(passwords: Iterable[str]) -> list[str]:
    """All that are long enough to be somebody's here, and the most frequent words that
    are, when digits and signs are added."""
    folded = [password.strip().casefold() for password in passwords]
    found = dict.fromkeys(each for each in folded if len(each) >= SHORTEST_PASSWORD)
    words = dict.fromkeys(map(bare, folded))
    found |= dict.fromkeys(word for word in words if len(word) >= _SHORTEST_WORD)
    return list(found)[:MOST]


if __name__ == "__main__":
    digests = sorted({digest(each) for each in chosen(sys.stdin)})
    sys.stdout.buffer.write(b"".join(digests))
