"""Tables as docs/performance.md has them."""

from collections.abc import Iterable, Sequence


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def verdict(value: float, at_least: float) -> str:
    """A ratio, and whether it is what was asked for."""
    return (
        f"{value:.1f} (≥ {at_least:.0f} {'met' if value >= at_least else '**missed**'})"
    )


def held(value: float, at_most: float) -> str:
    """Whether it is as little as was asked for."""
    return f"< {at_most:g} {'met' if value < at_most else '**missed**'}"


def reached(value: float, at_least: float) -> str:
    """Whether it is as much as was asked for."""
    return f"≥ {at_least:,g} {'met' if value >= at_least else '**missed**'}"
