"""Addresses of hosts, and how near they are."""

import ipaddress
import re

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
# What Python takes for the world's, and is a house's own: translators of addresses in
# one network (RFC 8215, RFC 2765), and the first try at private ones (RFC 3879).
_OWN = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("::ffff:0:0:0/96"),
    ipaddress.IPv6Network("fec0::/10"),
)
_LONGEST_HOST = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_host(text: str) -> bool:
    """Whether it is an address, or a name that can be looked up: at what is neither,
    resolvers fail in ways of their own."""
    if ":" in text:
        return _is_literal(text)
    try:
        name = text if text.isascii() else text.encode("idna").decode()
    except UnicodeError:
        return False
    labels = name.removesuffix(".").split(".")
    if _NUMBER.fullmatch(labels[-1]):
        # Some read 2852039166 and 0xa9fea9fe as addresses, and some do not.
        return _is_literal(text)
    return len(name) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, labels))


def is_link_local(host: str) -> bool:
    """Whether the host is an address of one link alone: where clouds keep the
    credentials of their machines (169.254.169.254)."""
    address = _address(host)
    return address is not None and address.is_link_local


def is_public(host: str) -> bool:
    """Whether the host is an address that anybody in the world could be asked at. A
    name is none."""
    address = _address(host)
    if address is None or any(address in network for network in _OWN):
        return False
    return address.is_global and not address.is_multicast


def _is_literal(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _address(host: str) -> IPAddress | None:
    try:
        address: IPAddress = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        return _inner(address) or address
    return address


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The address that one leads to which only wraps it."""
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
