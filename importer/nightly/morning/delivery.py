"""Sends the report of a night by mail and to a chat. What fails is said, and fails no night."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp

from importer.credentials import secret_of
from importer.environment import SMTP_PASSWORD, WEBHOOK
from importer.errors import SettingsError
from importer.nightly.morning import message as messages
from importer.nightly.morning.report_config import check_webhook, format_of, missing_webhook
from importer.plurals import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from importer.nightly.morning.message import Message
    from importer.nightly.morning.report_config import MailConfig, ReportConfig

SECONDS = 30.0
"""How long a server may take for each step."""
_MOST_WORDS = 200
"""Characters of a server's own words."""


def deliver(
    message: Message,
    report: ReportConfig,
    environment: Mapping[str, str],
    night: Mapping[str, Any],
    seconds: float = SECONDS,
) -> list[str]:
    """Send a message to all that `report` names; return what went wrong, a sentence each.

    `night` is what a chat of the format `json` gets. No sentence holds a secret.
    """
    if report.when == "trouble" and not message.is_trouble:
        return []
    return list(_failures(message, report, environment, night, seconds))


def mail_password(mail: MailConfig, environment: Mapping[str, str]) -> str:
    """Return the password of the mail server; "" where nobody logs in.

    Raises:
        SettingsError: it is missing, or its file can't be used.
    """
    if not mail.user:
        return ""
    password = secret_of(environment, SMTP_PASSWORD)
    if not password:
        raise SettingsError(
            f"{mail.user} has no password for the mail server: set {SMTP_PASSWORD}_FILE to a file "
            f"that holds it, or {SMTP_PASSWORD}."
        )
    return password


def webhook_address(report: ReportConfig, environment: Mapping[str, str]) -> str:
    """Return the address of the chat.

    Raises:
        SettingsError: it is missing, or can't be written to in safety.
    """
    if report.webhook_url:
        return report.webhook_url
    address = secret_of(environment, WEBHOOK)
    if not address:
        raise missing_webhook()
    check_webhook(address, WEBHOOK)
    return address


def _failures(
    message: Message,
    report: ReportConfig,
    environment: Mapping[str, str],
    night: Mapping[str, Any],
    seconds: float,
) -> Iterator[str]:
    if report.mail is not None:
        yield from _mail(message, report.mail, environment, seconds)
    if report.webhook:
        yield from _chat(message, report, environment, night, seconds)


def _mail(
    message: Message, mail: MailConfig, environment: Mapping[str, str], seconds: float
) -> Iterator[str]:
    password = ""
    try:
        password = mail_password(mail, environment)
        _hand_over(_as_mail(message, mail), mail, password, seconds)
    except (OSError, ValueError, SettingsError) as error:  # SMTPException is an OSError
        yield (
            f"The report was not mailed by {mail.host}:{mail.port} ({_why(error, password)}): "
            "correct [nightly.report] in importer.toml, or ask who keeps that server."
        )


def _as_mail(message: Message, mail: MailConfig) -> EmailMessage:
    letter = EmailMessage()
    letter["Subject"] = message.subject
    letter["From"] = mail.sender
    letter["To"] = ", ".join(mail.to)
    letter["Date"] = formatdate(localtime=True)
    letter["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2])
    # So that absence notes and other machines leave it alone: RFC 3834.
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(f"{message.text}\n")
    return letter


def _hand_over(letter: EmailMessage, mail: MailConfig, password: str, seconds: float) -> None:
    """Give a letter to the mail server.

    Raises:
        OSError: it was not reached, its certificate is not trusted, or it refused.
    """
    trust = ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(mail.host, mail.port, timeout=seconds, context=trust)
        if mail.security == "tls"
        else smtplib.SMTP(mail.host, mail.port, timeout=seconds)
    ) as server:
        if mail.security == "starttls":
            server.starttls(context=trust)
        if mail.user:
            server.login(mail.user, password)
        refused = server.send_message(letter)
    if refused:
        raise smtplib.SMTPRecipientsRefused(refused)


def _chat(
    message: Message,
    report: ReportConfig,
    environment: Mapping[str, str],
    night: Mapping[str, Any],
    seconds: float,
) -> Iterator[str]:
    where = "the chat"
    try:
        address = webhook_address(report, environment)
        where = urlsplit(address).hostname or where
        body = messages.chat_body(message, report.webhook_format or format_of(address), night)
        status = asyncio.run(_post(address, body, seconds))
        if status >= 300:  # a redirect might lead anywhere
            yield _not_posted(where, f"it answered with status {status}")
    except SettingsError as error:
        yield _not_posted(where, str(error).removesuffix("."))
    except TimeoutError:
        yield _not_posted(where, f"no answer within {seconds:g} s")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        # Its own words may hold the address, which is a secret.
        yield _not_posted(where, f"no connection, {type(error).__name__}")


def _not_posted(where: str, why: str) -> str:
    return (
        f"The report was not sent to {where} ({why}): correct [nightly.report] in importer.toml, "
        "or the webhook in the chat's settings."
    )


async def _post(address: str, body: Any, seconds: float) -> int:
    async with (
        aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=seconds), trust_env=True
        ) as session,
        session.post(address, json=body, allow_redirects=False) as answer,
    ):
        return answer.status


def _why(error: Exception, password: str) -> str:
    """Say in short what a mail server refused, without the password that it may repeat."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            text = "; ".join(f"{to}: {_words(answer)}" for to, answer in refused.items())
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=words):
            text = _words((code, words))
        case UnicodeError():  # whose own words quote what could not be written
            text = "user or password hold characters that a mail server can't be sent"
        case OSError(strerror=str(words)):
            text = words
        case _:
            text = str(error).removesuffix(".")
    text = text.replace(password, "…") if password else text
    return visible(text[:_MOST_WORDS])


def _words(answer: tuple[int, bytes | str]) -> str:
    code, words = answer
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"
