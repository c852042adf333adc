"""Where a list goes on."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from kit.pages import Pages

Row = TypeVar("Row")


class Positions:
    """Pages of lists in the order of an id. Of each, one row more than asked is read,
    to know whether there is a next page."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def read(self, of_list: str, size: int, token: str) -> tuple[UUID | None, int]:
        """The id behind which the page begins, and how many rows to read. Raises
        Invalid, and PageTokenInvalid for the token of another list."""
        limit = self._pages.size(size) + 1
        last = self._pages.read(of_list, token)
        return (UUID(str(last[0])) if last else None), limit

    def cut(
        self,
        of_list: str,
        rows: Sequence[Row],
        limit: int,
        key: Callable[[Row], object],
    ) -> tuple[Sequence[Row], str]:
        """The page's rows, and the token of the next page: empty when there is none."""
        if len(rows) < limit:
            return rows, ""
        page = rows[: limit - 1]
        return page, self._pages.token(of_list, [str(key(page[-1]))])
