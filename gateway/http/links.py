"""Where a list goes on (RFC 8288)."""

from urllib.parse import quote


def next_page(path: str, query: bytes, token: str) -> tuple[bytes, bytes]:
    """The Link header of a page that has a next one: the same question, with the
    token of that page."""
    kept = [
        part
        for part in query.split(b"&")
        if part and not part.startswith((b"pageToken=", b"page_token="))
    ]
    kept.append(b"pageToken=%b" % quote(token, safe="").encode())
    return b"link", b'<%b?%b>; rel="next"' % (path.encode(), b"&".join(kept))
