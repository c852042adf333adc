"""How a request is to be fulfilled, as far as somebody chose."""

from dataclasses import dataclass
from uuid import UUID


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
