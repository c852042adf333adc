"""Where in the portal there is more of what people are told."""

_OF_TITLES = ("request.available", "report.")


def page_of(what: str, title_id: str) -> str:
    """The path of the page about an event, or about news, of this name."""
    to_title = bool(title_id) and what.startswith(_OF_TITLES)
    return f"/titles/{title_id}" if to_title else "/requests"


def whole(public_url: str, path: str) -> str:
    """The whole address of a page. Empty: nobody knows where people open the portal."""
    return f"{public_url.rstrip('/')}{path}" if public_url else ""
