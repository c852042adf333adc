"""A house without rules."""

from services.media.domain.requests.ruling import Asked, Verdict


class NoRules:
    """Approves nothing and chooses nothing."""

    async def on(self, asked: Asked) -> Verdict:  # noqa: ARG002 - Ruling's
        return Verdict()
