"""Tells people by e-mail, as text and as HTML.

The Message-ID is made of the delivery: a repeat has the same, and mail servers and
programs drop it.
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from pathlib import Path

import aiosmtplib
from jinja2 import FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import ImmutableSandboxedEnvironment

from kit.delivery.message import Message, Sending, Target, TargetRefused
from kit.delivery.settings import MailSecurity, MailSettings
from kit.delivery.webhooks import NOT_THERE
from kit.delivery.words import as_words
from kit.http import UpstreamAway
from kit.resolving import Guard, Refused, Resolver, open_resolver

_WITHIN_S = 12.0
_CONNECT_WITHIN_S = 5.0
_PERMANENT = 500
_LETTERS = Path(__file__).parent / "letters"


class Mails:
    def __init__(self, resolver: Resolver, guard: Guard) -> None:
        self._resolver = resolver
        self._guard = guard
        self._letters = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(_LETTERS),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            auto_reload=False,
        )

    async def send(self, target: Target, sending: Sending) -> None:
        settings = target.settings
        assert isinstance(settings, MailSettings)  # noqa: S101 - of this kind
        letter = self.letter(settings, sending)
        try:
            async with asyncio.timeout(_WITHIN_S):
                refused = await self._hand_over(settings, letter)
        except TimeoutError as exc:
            raise UpstreamAway("The mail server did not answer in time.") from exc
        except Refused:
            raise TargetRefused(NOT_THERE) from None
        except aiosmtplib.SMTPException as exc:
            raise _meaning(exc, settings) from None
        except ssl.SSLCertVerificationError:
            raise UpstreamAway(
                "Nobody vouches for the mail server's certificate."
            ) from None
        except (OSError, ssl.SSLError) as exc:
            number = errno.errorcode.get(exc.errno or 0, type(exc).__name__)
            raise UpstreamAway(f"The mail server does not answer ({number}).") from None
        if refused:
            who, (code, said) = next(iter(refused.items()))
            words = as_words(said, (settings.password,))
            raise TargetRefused(f"Not taken for {who}: {code} {words}")

    def letter(self, settings: MailSettings, sending: Sending) -> EmailMessage:
        message = sending.message
        letter = EmailMessage(policy=SMTP_POLICY)
        _, sender = parseaddr(settings.sender)
        host = sender.rpartition("@")[2] or "medianest"
        headline = f"{message.headline}: " if message.headline else ""
        letter["Subject"] = _line(headline + message.subject)
        letter["From"] = _line(settings.sender)
        letter["To"] = ", ".join(_line(each) for each in settings.recipients)
        letter["Date"] = format_datetime(sending.at)
        letter["Message-ID"] = f"<{sending.id}@{host}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-MediaNest-Delivery"] = str(sending.id)
        said = _said(message)
        letter.set_content(self._letters.get_template("letter.txt").render(said))
        html = self._letters.get_template("letter.html").render(said)
        letter.add_alternative(html, subtype="html")
        return letter

    async def _hand_over(
        self, settings: MailSettings, letter: EmailMessage
    ) -> dict[str, tuple[int, str]]:
        """Whom it was not taken for."""
        context = ssl.create_default_context()
        if settings.any_certificate:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        async with aiosmtplib.SMTP(
            hostname=settings.host,
            sock=await self._connect(settings),
            use_tls=settings.security is MailSecurity.TLS,
            start_tls=settings.security is MailSecurity.STARTTLS,
            tls_context=context,
            local_hostname="medianest",
            timeout=_WITHIN_S,
        ) as server:
            if settings.username:
                await server.login(settings.username, settings.password)
            refused, _ = await server.send_message(letter)
        return {who: (answer.code, answer.message) for who, answer in refused.items()}

    async def _connect(self, settings: MailSettings) -> socket.socket:
        loop = asyncio.get_running_loop()
        failure: OSError = OSError(errno.EHOSTUNREACH, "no address")
        addresses = await self._resolver.addresses(settings.host, settings.port)
        for address in addresses:
            opened: socket.socket | None = None
            try:
                opened = self._guard.open_socket(address)
                async with asyncio.timeout(_CONNECT_WITHIN_S):
                    await loop.sock_connect(opened, address[4])
            except OSError as exc:
                failure = exc
                if opened is not None:
                    opened.close()
            except BaseException:
                if opened is not None:
                    opened.close()
                raise
            else:
                return opened
        raise failure


@asynccontextmanager
async def open_mails(*, private_allowed: bool) -> AsyncIterator[Mails]:
    """`private_allowed`: mail servers may be in this house."""
    guard = Guard(link_local_allowed=False, private_allowed=private_allowed)
    async with open_resolver() as resolver:
        yield Mails(resolver, guard)


def _meaning(
    exc: aiosmtplib.SMTPException, settings: MailSettings
) -> UpstreamAway | TargetRefused:
    """What the mail server means by it."""
    if isinstance(exc, aiosmtplib.SMTPRecipientsRefused):
        first = exc.recipients[0]
        return _answered(first.code, first.message, settings)
    if isinstance(exc, aiosmtplib.SMTPAuthenticationError):
        # Somebody will enter the right password: until then nothing is lost.
        words = as_words(exc.message, (settings.password,))
        return UpstreamAway(f"The mail server does not sign us in: {exc.code} {words}")
    if isinstance(exc, aiosmtplib.SMTPResponseException):
        return _answered(exc.code, exc.message, settings)
    words = as_words(str(exc), (settings.password,))
    return UpstreamAway(f"The mail server does not take it: {words}")


def _answered(
    code: int, said: str, settings: MailSettings
) -> UpstreamAway | TargetRefused:
    words = f"The mail server answered {code}: {as_words(said, (settings.password,))}"
    if code >= _PERMANENT:
        return TargetRefused(words)
    return UpstreamAway(words)


def _said(message: Message) -> dict[str, object]:
    return {
        "subject": _line(message.subject),
        "headline": _line(message.headline),
        "body": message.body,
        "image": _address(message.image),
        "link": _address(message.link),
        "extra": message.extra,
    }


def _address(url: str) -> str:
    return url if url.startswith(("https://", "http://")) else ""


def _line(text: str) -> str:
    return " ".join(text.split())
