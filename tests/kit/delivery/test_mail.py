"""A letter arrives as it was meant, at a real mail server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import Message as Letter
from email.parser import BytesParser
from email.policy import default

import pytest

from kit.delivery.mail import Mails, open_mails
from kit.delivery.message import Message
from kit.delivery.settings import MailSecurity, MailSettings
from tests.kit.delivery.channels import MESSAGE, a_sending, a_target, failure_of
from tests.kit.delivery.post_office import Office, open_office

SETTINGS = MailSettings(
    "127.0.0.1",
    0,
    MailSecurity.NONE,
    "MediaNest <nest@house.example>",
    ("ada@house.example", "bob@house.example"),
    any_certificate=True,
)


@pytest.fixture
async def mails() -> AsyncIterator[Mails]:
    async with open_mails(private_allowed=True) as opened:
        yield opened


def of(office: Office, **changes: object) -> MailSettings:
    return replace(SETTINGS, port=office.port, **changes)  # type: ignore[arg-type]


def part(letter: Letter, kind: str) -> str:
    whole = BytesParser(policy=default).parsebytes(letter.as_bytes())
    body = whole.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("security", ["NONE", "STARTTLS", "TLS"])
async def test_a_letter_has_text_and_html_and_the_key_of_its_delivery(
    mails: Mails, security: str
) -> None:
    sending = a_sending()
    async with open_office(security) as office:
        settings = of(office, security=MailSecurity(security))
        await mails.send(a_target(settings), sending)
        await mails.send(a_target(settings), sending)

    first, second = office.letters
    assert office.to[0] == ["ada@house.example", "bob@house.example"]
    assert office.over_tls == [security != "NONE"] * 2
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"] == f"<{sending.id}@house.example>"
    assert first["Subject"] == 'Request approved: The "Matrix"'
    assert first["From"] == "MediaNest <nest@house.example>"
    text, html = part(first, "plain"), part(first, "html")
    for said in (
        "was approved.",
        "https://nest.example/requests/1",
        "Requested Seasons",
    ):
        assert said in text
        assert said in html
    assert "<h1" in html
    assert "The &#34;Matrix&#34;" in html
    assert 'src="https://image.example/poster.jpg"' in html


@pytest.mark.parametrize("host", ["a..b", "a" * 64, "xn--ü"])
async def test_a_host_that_has_no_name_is_away(mails: Mails, host: str) -> None:
    settings = replace(SETTINGS, host=host, port=25)

    said, _ = await failure_of(mails.send(a_target(settings), a_sending()))

    assert said == "upstream_away"


async def test_it_signs_in_and_a_wrong_password_loses_nothing(mails: Mails) -> None:
    async with open_office("STARTTLS", signs_in=True) as office:
        by = of(office, security=MailSecurity.STARTTLS, username="nest")
        right = replace(by, password="correct horse")
        wrong = replace(by, password="hunter2secret")
        await mails.send(a_target(right), a_sending())
        said, words = await failure_of(mails.send(a_target(wrong), a_sending()))

    assert len(office.letters) == 1
    assert said == "upstream_away"
    assert "does not sign us in: 535" in words
    assert "hunter2" not in words
    assert "hunter2" not in repr(wrong)


@pytest.mark.parametrize("security", ["STARTTLS", "TLS"])
async def test_a_certificate_that_nobody_vouches_for_is_not_believed(
    mails: Mails, security: str
) -> None:
    async with open_office(security) as office:
        settings = of(office, security=MailSecurity(security), any_certificate=False)
        said, _ = await failure_of(mails.send(a_target(settings), a_sending()))

    assert said == "upstream_away"
    assert office.letters == []


@pytest.mark.parametrize(
    ("answers", "reason", "says"),
    [
        ({"ada@house.example": "550 no such box"}, "target_refused", "550 no such box"),
        ({"ada@house.example": "450 later"}, "target_refused", "450 later"),
        (
            dict.fromkeys(SETTINGS.recipients, "450 later"),
            "upstream_away",
            "450",
        ),
        (dict.fromkeys(SETTINGS.recipients, "550 never"), "target_refused", "550"),
    ],
)
async def test_what_the_mail_server_means(
    mails: Mails, answers: dict[str, str], reason: str, says: str
) -> None:
    async with open_office("NONE") as office:
        office.answers = answers
        said, words = await failure_of(mails.send(a_target(of(office)), a_sending()))

    assert said == reason
    assert says in words


async def test_nobody_there_is_away(mails: Mails) -> None:
    target = a_target(replace(SETTINGS, port=1))

    assert await failure_of(mails.send(target, a_sending())) == (
        "upstream_away",
        "The mail server does not answer (ECONNREFUSED).",
    )


async def test_an_address_of_this_house_is_refused_unless_allowed() -> None:
    async with open_mails(private_allowed=False) as mails:
        for host in ("127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254"):
            target = a_target(replace(SETTINGS, host=host, port=25))
            said, _ = await failure_of(mails.send(target, a_sending()))
            assert said == "target_refused"


async def test_no_header_and_no_html_can_be_smuggled_in(mails: Mails) -> None:
    hostile = Message(
        "e",
        "Hello\r\nBcc: eve@evil.example\r\n\r\n<script>",
        "<script>alert(1)</script> {{ 7 * 7 }}",
        "A\nB",
        "javascript:alert(1)",
        "javascript:alert(2)",
        extra=(("<b>", "<i>\r\nX: 1"),),
    )
    async with open_office("NONE") as office:
        await mails.send(a_target(of(office)), a_sending(hostile))

    [letter] = office.letters
    assert letter["Bcc"] is None
    assert office.to == [list(SETTINGS.recipients)]
    html = part(letter, "html")
    assert "<script>" not in html
    assert "<i>" not in html
    assert "javascript:" not in html
    assert "{{ 7 * 7 }}" in html


async def test_a_huge_letter_is_written_in_time(mails: Mails) -> None:
    huge = replace(MESSAGE, subject="é" * 500, body="line\n" * 1_600)
    async with open_office("NONE") as office:
        await mails.send(a_target(of(office)), a_sending(huge))

    assert len(office.letters) == 1
