"""Where a list goes on (RFC 8288)."""

from urllib.parse import quote, quote_from_bytes

# What may stand in a query as it is (RFC 3986), and what is encoded already.
_AS_SENT = "%!$&'()*+,;=:@/?"


def next_page(path: str, query: bytes, token: str) -> tuple[bytes, bytes]:
    """The Link header of a page that has a next one: the same question, with the
    token of that page."""
    kept = [
        part
        for part in query.split(b"&")
        if part and not part.startswith((b"pageToken=", b"page_token="))
    ]
    query = b"&".join([*kept, b"pageToken=%b" % quote(token, safe="").encode()])
    target = f"{path}?{quote_from_bytes(query, _AS_SENT)}"
    return b"link", f'<{target}>; rel="next"'.encode()
