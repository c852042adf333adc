"""A POST that means another method."""

import pytest

from tests.gateway.contract import everything
from tests.gateway.house import House
from tests.gateway.paths import DELETE, GET, POST, UPDATE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def house(lasting_house: House) -> House:
    return lasting_house


FORM = "application/x-www-form-urlencoded"


def meant(method: str, kind: str = "application/json") -> dict[str, str]:
    return {"X-HTTP-Method-Override": method, "Content-Type": kind}


async def test_a_post_is_what_its_header_says(house: House) -> None:
    house.backend.on(UPDATE, everything())
    house.backend.on(DELETE, everything())

    patched = await house.ask(
        "POST", "/v1/everything/x", headers=meant("patch"), data=b'{"int32Value":1}'
    )
    await house.ask("POST", "/v1/everything/x", headers=meant("DELETE"))

    assert patched.status == 200
    update = house.backend.last(UPDATE).message
    assert (update.everything.text, update.update_mask.paths) == ("x", ["int32_value"])
    assert house.backend.last(DELETE).message.name == "x"


async def test_a_long_question_comes_as_a_form(house: House) -> None:
    house.backend.on(GET, everything(text="a"))
    long = "x" * 20_000

    told = await house.ask(
        "POST",
        "/v1/everything?int32Value=7",
        headers=meant("GET", FORM),
        data=f"text={long}&fields=text".encode(),
    )

    asked = house.backend.last(GET).message
    assert (asked.text, asked.int32_value) == (long, 7)
    assert told.json == {"text": "a"}
    assert "etag" in told.headers


async def test_a_get_may_bring_no_form(house: House) -> None:
    house.backend.on(GET, everything())

    told = await house.ask("POST", "/v1/everything/x", headers=meant("GET"))

    assert (told.status, house.backend.last(GET).message.text) == (200, "x")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        *((meant("POST"), b"", 400), (meant("TRACE"), b"", 400), (meant(""), b"", 400)),
        *((meant("GÉT"), b"", 400), (meant("G" * 9000), b"", 400)),
        *((meant("GET"), b"{}", 415), (meant("GET", "text/plain"), b"a=1", 415)),
        (meant("GET", FORM), b"text=" + b"x" * 70_000, 413),
        (meant("GET", FORM), b"text=a\r\nSet-Cookie: a=b", 400),
        (meant("GET", FORM), b"text=\xff", 400),
        (meant("GET", FORM), b"nothing=1", 400),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    house: House, headers: dict[str, str], body: bytes, status: int
) -> None:
    told = await house.ask("POST", "/v1/everything", headers=headers, data=body)

    assert told.status == status
    assert told.json["requestId"]
    assert house.backend.times(GET) == house.backend.times(POST) == 0


async def test_only_a_post_can_mean_another_method(house: House) -> None:
    house.backend.on(GET, everything())

    told = await house.ask("GET", "/v1/everything/x", headers=meant("DELETE"))

    assert (told.status, house.backend.times(DELETE)) == (200, 0)
