"""How a request is to be fulfilled, as far as somebody chose."""

from dataclasses import dataclass
from uuid import UUID

_LONGEST_FOLDER = 1000
_MOST_TAGS = 20
_LONGEST_TAG = 50


@dataclass(frozen=True, slots=True)
class Choices:
    """What is empty is as the fulfiller does by default."""

    fulfiller_id: UUID | None = None
    """None: the default one for the kind, the quality and the genre."""
    profile_id: int = 0
    """Of the fulfiller's quality profiles; 0 is none of them."""
    folder: str = ""
    """A root folder as the fulfiller names it."""
    tags: tuple[str, ...] = ()
    """Labels; one that the fulfiller does not have yet is made."""

    def over(self, others: "Choices") -> "Choices":
        """These, and where they are empty the others. Profile and folder are words of
        one fulfiller, and mean nothing to another."""
        is_same = self.fulfiller_id in {None, others.fulfiller_id}
        return Choices(
            self.fulfiller_id or others.fulfiller_id,
            self.profile_id or (others.profile_id if is_same else 0),
            self.folder or (others.folder if is_same else ""),
            self.tags or others.tags,
        )

    def fault(self) -> tuple[str, str] | None:
        """Which of them cannot be, and what it has to be."""
        if self.profile_id < 0:
            return "profile_id", "is the id of a quality profile, or 0"
        if len(self.folder) > _LONGEST_FOLDER or "\0" in self.folder:
            return "folder", f"has at most {_LONGEST_FOLDER} characters"
        if len(self.tags) > _MOST_TAGS:
            return "tags", f"has at most {_MOST_TAGS} entries"
        for tag in self.tags:
            if not 0 < len(tag.strip()) <= _LONGEST_TAG or "\0" in tag:
                return "tags", f"has entries of 1 to {_LONGEST_TAG} characters"
        return None
