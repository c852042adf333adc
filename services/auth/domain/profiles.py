"""What a user is like, and what may be changed of that by whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from kit.errors import Invalid
from services.auth.domain.applicants import ensure_email
from services.auth.domain.quotas import Quota
from services.auth.domain.users import User

OWN = frozenset({"email", "display_name", "locale"})
"""What is one's own to change."""
_LONGEST_NAME = 64
_OLDEST = 21
MOST_LIBRARIES = 50
# Language, script, region and variants of BCP 47; no extensions, which say how to
# write dates and not which language is read.
_LOCALE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(-(?P<script>[A-Za-z]{4}))?"
    r"(-(?P<region>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3})){0,2})"
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a user: those of the fields that are named. An empty e-mail
    address takes it away."""

    named: frozenset[str]
    email: str = ""
    role: str = ""
    suspended: bool = False
    display_name: str = ""
    locale: str = ""
    max_rating_age: int | None = None
    movie_quota: Quota | None = None
    series_quota: Quota | None = None
    library_ids: Sequence[UUID] = ()

    @property
    def takes_a_manager(self) -> bool:
        return not self.named <= OWN

    def apply(self, user: User) -> User:
        """Raises Invalid."""
        ensure_email(self.email)
        fields: dict[str, object] = {
            "email": self.email or None,
            "role": self.role,
            "suspended": self.suspended,
            "display_name": display_name(self.display_name),
            "locale": locale(self.locale),
            "max_rating_age": rating_age(self.max_rating_age),
            "movie_quota": self.movie_quota,
            "series_quota": self.series_quota,
            "library_ids": libraries(self.library_ids),
        }
        changed = {name: fields[name] for name in self.named}
        return replace(user, **changed)  # type: ignore[arg-type]


def display_name(text: str) -> str:
    """Raises Invalid."""
    text = text.strip()
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise Invalid(
            f"display_name has {_LONGEST_NAME} characters at most.",
            field="display_name",
        )
    return text


def locale(text: str) -> str:
    """The tag as BCP 47 writes it: pt-BR, zh-Hant-TW. Raises Invalid."""
    if not text:
        return ""
    tag = _LOCALE.fullmatch(text)
    if tag is None:
        raise Invalid("locale is a language tag such as en or pt-BR.", field="locale")
    words = [tag["language"].lower()]
    if tag["script"]:
        words.append(tag["script"].title())
    if tag["region"]:
        words.append(tag["region"].upper())
    return "-".join(words) + tag["variants"].lower()


def rating_age(age: int | None) -> int | None:
    """Raises Invalid."""
    if age is not None and not 0 <= age <= _OLDEST:
        raise Invalid(
            f"max_rating_age is 0 to {_OLDEST} years.", field="max_rating_age"
        )
    return age


def libraries(ids: Sequence[UUID]) -> tuple[UUID, ...]:
    """In order and each once. Whether there are such libraries only media knows. Raises
    Invalid."""
    if len(ids) > MOST_LIBRARIES:
        raise Invalid(f"library_ids has {MOST_LIBRARIES} at most.", field="library_ids")
    return tuple(sorted(set(ids)))
