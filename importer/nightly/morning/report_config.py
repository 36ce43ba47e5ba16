"""What importer.toml says of the report by mail or chat: the table `[nightly.report]`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from importer.accounts import LOOPBACK_HOSTS
from importer.environment import WEBHOOK
from importer.errors import SettingsError
from importer.settings import CONFIG_FILE, nearest

TABLE = "nightly.report"
When = Literal["always", "trouble"]
Security = Literal["starttls", "tls", "none"]
ChatFormat = Literal["text", "teams", "json"]

_CHOICES = {
    "when": get_args(When),
    "smtp_security": get_args(Security),
    "webhook_format": get_args(ChatFormat),
}
_KEYS = (
    "when",
    "smtp",
    "smtp_security",
    "smtp_user",
    "from",
    "to",
    "webhook",
    "webhook_format",
)
_PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_TEAMS = (".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com")
"""Hosts of Microsoft's webhooks, which take cards only:
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
"""


@dataclass(frozen=True, slots=True)
class MailConfig:
    """By which server a mail goes, and to whom."""

    host: str
    port: int
    security: Security
    user: str
    """Who logs in to the server; "" for nobody."""
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """When a night's report goes to whom."""

    when: When = "always"
    """After every night, or only after one of which somebody has to look at something."""
    mail: MailConfig | None = None
    webhook: bool = False
    """Whether one is written to; its address may stand in the environment."""
    webhook_url: str = field(default="", repr=False)
    """Its address, where importer.toml holds it."""
    webhook_format: ChatFormat | None = None
    """None for that of the address."""

    @property
    def is_sent(self) -> bool:
        """Whether the report goes to anybody."""
        return self.mail is not None or self.webhook


NO_REPORT = ReportConfig()


def report_config(table: Any) -> ReportConfig:
    """Read the table `[nightly.report]`; an empty one sends nothing.

    Raises:
        SettingsError: a key or a value can't be used.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f"{CONFIG_FILE}: {TABLE} must be a table.")
    for name in table:
        if name not in _KEYS:
            raise SettingsError(
                f"{CONFIG_FILE}: {TABLE}.{name} is not a setting{nearest(name, _KEYS)}"
            )
    texts: dict[str, Any] = {
        name: _text(name, table[name]) for name in _KEYS if name in table and name != "to"
    }
    if not table:
        return NO_REPORT
    mail = _mail(texts, _addresses(table.get("to", ())))
    address = texts.get("webhook", "")
    if address not in {"", "environment"}:
        check_webhook(address, f"{CONFIG_FILE}: {TABLE}.webhook")
    if mail is None and not address:
        raise SettingsError(
            f"{CONFIG_FILE}: [{TABLE}] names nobody: set smtp, from and to for mail, or "
            "webhook for a chat."
        )
    return ReportConfig(
        when=texts.get("when", "always"),
        mail=mail,
        webhook=bool(address),
        webhook_url="" if address == "environment" else address,
        webhook_format=texts.get("webhook_format"),
    )


def check_webhook(address: str, origin: str) -> None:
    """Refuse an address that can't be written to in safety; `origin` says where it stands.

    Raises:
        SettingsError: it is no address, or plain http to another computer. The text does not show
            it, for who knows it can write there.
    """
    try:
        parts = urlsplit(address)
        host, whole = parts.hostname, parts.port != 0 and address.isprintable()
    except ValueError:
        host, whole = None, False
    if not host or not whole or " " in address or parts.scheme not in {"http", "https"}:
        raise SettingsError(f"{origin} is no web address: copy it again from the chat's settings.")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"{origin} must begin with https://, as others could read it on its way."
        )


def format_of(address: str) -> ChatFormat:
    """Return what the chat at an address takes: Microsoft's take cards, others a text."""
    host = urlsplit(address).hostname or ""
    return "teams" if host.endswith(_TEAMS) else "text"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.{name} must be a text of one line.")
    if name in _CHOICES and value not in _CHOICES[name]:
        raise SettingsError(
            f"{CONFIG_FILE}: {TABLE}.{name} must be one of {', '.join(_CHOICES[name])}."
        )
    return value.strip()


def _addresses(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple):
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.to must be a mail address, or a list of them.")
    return tuple(_address("to", one) for one in found)


def _address(name: str, value: Any) -> str:
    """Return a bare mail address, as in ops@example.com."""
    try:
        return Address(addr_spec=value).addr_spec if value.isprintable() else _no_address(name)
    except (AttributeError, TypeError, ValueError, IndexError):  # what the parser raises
        return _no_address(name)


def _no_address(name: str) -> str:
    raise SettingsError(
        f"{CONFIG_FILE}: {TABLE}.{name} must be a mail address such as ops@example.com."
    )


def _mail(texts: Mapping[str, Any], to: tuple[str, ...]) -> MailConfig | None:
    if "smtp" not in texts:
        unused = next((one for one in ("smtp_security", "smtp_user", "from") if one in texts), "")
        if unused or to:
            raise SettingsError(
                f"{CONFIG_FILE}: {TABLE}.{unused or 'to'} is for mail: name the mail server, as in "
                'smtp = "mail.example.com".'
            )
        return None
    if "from" not in texts or not to:
        raise SettingsError(f"{CONFIG_FILE}: {TABLE} needs from and to, the addresses of the mail.")
    security: Security = texts.get("smtp_security", "starttls")
    host, port = _server(texts["smtp"], _PORTS[security])
    if security == "none" and "smtp_user" in texts and host not in LOOPBACK_HOSTS:
        raise SettingsError(
            f"{CONFIG_FILE}: {TABLE}.smtp_security is none, which would show the password to "
            "anybody on the way: set starttls or tls, or take smtp_user out."
        )
    sender = _address("from", texts["from"])
    return MailConfig(host, port, security, texts.get("smtp_user", ""), sender, to)


def _server(text: str, port: int) -> tuple[str, int]:
    """Part `mail.example.com:2525` or `[::1]:2525` into host and port."""
    try:
        parts = urlsplit(f"//{text}")
        if not parts.hostname or "/" in text or "@" in text or any(map(str.isspace, text)):
            raise ValueError
        return parts.hostname, parts.port or port
    except ValueError:
        raise SettingsError(
            f"{CONFIG_FILE}: {TABLE}.smtp must be a server such as mail.example.com or "
            "mail.example.com:2525."
        ) from None


def missing_webhook() -> SettingsError:
    """Return the error of a webhook whose address should stand in the environment."""
    return SettingsError(
        f'{TABLE}.webhook is "environment", but neither {WEBHOOK} nor {WEBHOOK}_FILE is set.'
    )
