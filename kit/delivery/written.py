"""Messages as they are written down: within bounds, in what Postgres keeps."""

import orjson

from kit.delivery.message import Message

LONGEST_KEY = 200
_LONGEST_LINE = 500
_LONGEST_BODY = 8_000
_MOST_VARIABLES = 100


def written(message: Message) -> str:
    variables = list(message.variables.items())[:_MOST_VARIABLES]
    return orjson.dumps(
        {
            "event": clean(message.event, LONGEST_KEY),
            "subject": clean(message.subject, _LONGEST_LINE),
            "body": clean(message.body, _LONGEST_BODY),
            "headline": clean(message.headline, _LONGEST_LINE),
            "image": clean(message.image, _LONGEST_LINE),
            "link": clean(message.link, _LONGEST_LINE),
            "variables": {
                clean(name, LONGEST_KEY): clean(value, _LONGEST_BODY)
                for name, value in variables
            },
            "sections": sorted(message.sections),
            "extra": [
                [clean(name, _LONGEST_LINE), clean(value, _LONGEST_LINE)]
                for name, value in message.extra[:_MOST_VARIABLES]
            ],
        }
    ).decode()


def read(written: str) -> Message:
    told = orjson.loads(written)
    return Message(
        told["event"],
        told["subject"],
        told["body"],
        told["headline"],
        told["image"],
        told["link"],
        told["variables"],
        frozenset(told["sections"]),
        tuple((name, value) for name, value in told["extra"]),
    )


def clean(text: str, longest: int) -> str:
    """What Postgres keeps: it takes no NUL, and no half of a character."""
    whole = text.encode("utf-8", "replace").decode().replace("\0", "")
    return whole if len(whole) <= longest else whole[: longest - 1] + "…"
