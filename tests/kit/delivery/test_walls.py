"""What apprise's plugins can reach: no address by any call that they may not."""

import pytest

from kit.delivery.apprise_child import walls

HERE = ("127.0.0.1", 53)


@pytest.mark.parametrize(
    "call", ["socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"]
)
def test_no_call_reaches_an_address_of_this_house(call: str) -> None:
    with pytest.raises(PermissionError):
        walls(call, (None, HERE))


def test_what_is_connected_already_was_let_through_then() -> None:
    walls("socket.sendmsg", (None, None))
