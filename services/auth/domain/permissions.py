"""What somebody may do, as bits.

The numbers are those of the contract: bit n of a word is the permission n.
"""

from enum import IntEnum


class Permission(IntEnum):
    ADMIN = 1
    MANAGE_SETTINGS = 2
    MANAGE_USERS = 3
    MANAGE_REQUESTS = 4
    REQUEST = 5
    AUTO_APPROVE = 7
    AUTO_APPROVE_MOVIE = 8
    AUTO_APPROVE_TV = 9
    REQUEST_4K = 10
    REQUEST_4K_MOVIE = 11
    REQUEST_4K_TV = 12
    REQUEST_ADVANCED = 13
    REQUEST_VIEW = 14
    AUTO_APPROVE_4K = 15
    AUTO_APPROVE_4K_MOVIE = 16
    AUTO_APPROVE_4K_TV = 17
    REQUEST_MOVIE = 18
    REQUEST_TV = 19
    MANAGE_ISSUES = 20
    VIEW_ISSUES = 21
    CREATE_ISSUES = 22
    AUTO_REQUEST = 23
    AUTO_REQUEST_MOVIE = 24
    AUTO_REQUEST_TV = 25
    RECENT_VIEW = 26
    WATCHLIST_VIEW = 27
    MANAGE_BLOCKLIST = 28
    VIEW_BLOCKLIST = 30
    MANAGE_SERVICES = 40
    VIEW_SERVICES = 41
    DOWNLOAD = 42
    MANAGE_DOWNLOADS = 43
    WATCH_EVENTS = 44


# What Seerr shows as ticked below a permission that is, and the same for ours: to
# manage something is to see it and to do it.
_IMPLIED: dict[Permission, tuple[Permission, ...]] = {
    Permission.REQUEST: (Permission.REQUEST_MOVIE, Permission.REQUEST_TV),
    Permission.REQUEST_4K: (Permission.REQUEST_4K_MOVIE, Permission.REQUEST_4K_TV),
    Permission.AUTO_APPROVE: (
        Permission.AUTO_APPROVE_MOVIE,
        Permission.AUTO_APPROVE_TV,
    ),
    Permission.AUTO_APPROVE_4K: (
        Permission.AUTO_APPROVE_4K_MOVIE,
        Permission.AUTO_APPROVE_4K_TV,
    ),
    Permission.AUTO_REQUEST: (
        Permission.AUTO_REQUEST_MOVIE,
        Permission.AUTO_REQUEST_TV,
    ),
    Permission.MANAGE_REQUESTS: (
        Permission.REQUEST_ADVANCED,
        Permission.REQUEST_VIEW,
        Permission.RECENT_VIEW,
        Permission.WATCHLIST_VIEW,
    ),
    Permission.MANAGE_ISSUES: (Permission.VIEW_ISSUES, Permission.CREATE_ISSUES),
    Permission.MANAGE_BLOCKLIST: (Permission.VIEW_BLOCKLIST,),
    Permission.MANAGE_SERVICES: (Permission.VIEW_SERVICES,),
    Permission.MANAGE_DOWNLOADS: (Permission.DOWNLOAD,),
}


def word(*permissions: int) -> int:
    """The word with these permissions' bits."""
    return sum(1 << permission for permission in set(permissions))


ADMIN = word(Permission.ADMIN)
ALL = word(*Permission)
_IMPLYING = [(word(each), word(*more)) for each, more in _IMPLIED.items()]


def whole(bits: int) -> int:
    """The permissions in a word, with those that they imply."""
    for given, implied in _IMPLYING:
        if bits & given:
            bits |= implied
    return bits


def listed(bits: int) -> list[Permission]:
    """The permissions in a word, by number."""
    return [permission for permission in Permission if bits >> permission & 1]


def is_within(asked: int, owned: int) -> bool:
    """Whether one who has `owned` has all of `asked`. An admin has everything."""
    return bool(owned & ADMIN) or not whole(asked) & ~whole(owned)


def cut(owned: int, scope: int) -> int:
    """What is left of `owned` within a key's scope. An empty scope cuts nothing."""
    if not scope:
        return whole(owned)
    return whole(scope) & (ALL if owned & ADMIN else whole(owned))
