"""The report by mail and chat, against a mail server and a webhook on this computer."""

from __future__ import annotations

import email
import email.policy
import json
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from importer.errors import SettingsError
from importer.nightly.morning import delivery
from importer.nightly.morning.delivery import deliver
from importer.nightly.morning.message import Message
from importer.nightly.morning.report_config import MailConfig, ReportConfig, report_config
from tests.served import hong_kong

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

HOST = "127.0.0.1"
PASSWORD = "correct-horse"
TROUBLE = Message("Night of 2026-03-01: 1 list to be looked at", "名单.csv: why", is_trouble=True)
GOOD = Message("Night of 2026-03-01: nothing to do", "There was nothing to do.", is_trouble=False)


@dataclass
class Mailbox:
    """What a mail server was given."""

    letters: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        del server, session
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.to.append(envelope.rcpt_tos)
        return "250 OK"


def authenticated(server: object, session: object, envelope: object, kind: str, who: Any) -> Any:
    """Take one password, and repeat what it refuses, as a careless server does."""
    del server, session, envelope, kind
    assert isinstance(who, LoginPassword)
    right = who.password == PASSWORD.encode()
    refusal = f"535 5.7.8 '{who.password.decode()}' is wrong"
    return AuthResult(success=right, handled=False, message=None if right else refusal)


def text_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


@contextmanager
def mail_server(**how: Any) -> Iterator[Mailbox]:
    with closing(socket.socket()) as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    box = Mailbox(port=port)
    controller = Controller(box, hostname=HOST, port=port, **how)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def mail(port: int, **more: Any) -> ReportConfig:
    how = {"security": "none", "user": "", "sender": "importer@example.com", **more}
    return ReportConfig(mail=MailConfig(HOST, port, to=("ops@example.com",), **how))


@contextmanager
def chat(status: int = 200) -> Iterator[tuple[str, list[Any]]]:
    """Serve a webhook; give its address and what was posted to it."""
    posted: list[Any] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Location", "http://192.0.2.1/")
            self.end_headers()

        def log_message(self, *about: object) -> None:
            del about

    server = HTTPServer((HOST, 0), Webhook)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/services/T0/secret-part", posted
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_mail() -> None:
    """The mail has subject and text in words, in any script, and says that a program sent it."""
    with mail_server() as box:
        assert deliver(TROUBLE, mail(box.port), {}, {}) == []
    (letter,) = box.letters
    assert letter["Subject"] == TROUBLE.subject
    assert letter["From"] == "importer@example.com"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert text_of(letter) == f"{TROUBLE.text}\n"
    assert box.to == [["ops@example.com"]]


def test_a_server_that_offers_no_encryption_gets_no_password() -> None:
    """Where STARTTLS is not offered, nothing is sent, and the password stays here."""
    with mail_server() as box:
        report = mail(box.port, security="starttls", user="importer")
        (said,) = deliver(TROUBLE, report, {"IMPORTER_SMTP_PASSWORD": PASSWORD}, {})
    assert "STARTTLS" in said
    assert box.letters == []
    assert PASSWORD not in said


@pytest.mark.parametrize("given", [PASSWORD, "wrong-horse"])
@pytest.mark.parametrize("by_file", [True, False])
def test_logging_in(given: str, by_file: bool, tmp_path: Path) -> None:
    """The password is in a variable or a file; no message has it, even if the server repeats it."""
    file = tmp_path / "password"
    file.write_text(f"{given}\n", encoding="utf-8")
    file.chmod(0o600)
    by_variable = {"IMPORTER_SMTP_PASSWORD": given}
    environment = {"IMPORTER_SMTP_PASSWORD_FILE": str(file)} if by_file else by_variable
    with mail_server(auth_require_tls=False, authenticator=authenticated) as box:
        failures = deliver(TROUBLE, mail(box.port, user="importer"), environment, {})
    assert len(box.letters) == (given == PASSWORD)
    assert bool(failures) == (given != PASSWORD)
    assert all(given not in one and "535" in one for one in failures)


def test_a_password_that_no_server_takes() -> None:
    """What can't be sent in a login is said without a character of it."""
    with mail_server(auth_require_tls=False, authenticator=authenticated) as box:
        environment = {"IMPORTER_SMTP_PASSWORD": "pässwort"}
        (said,) = deliver(TROUBLE, mail(box.port, user="importer"), environment, {})
    assert "user or password hold characters" in said
    assert "ä" not in said
    assert "xe4" not in said


def test_a_password_that_is_missing() -> None:
    """It is said which variable to set."""
    (said,) = deliver(TROUBLE, mail(9, user="importer"), {}, {})
    assert "set IMPORTER_SMTP_PASSWORD_FILE" in said


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no certificate can be made")
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("trusted", [True, False])
def test_encryption(
    security: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail goes to a server whose certificate is trusted, and to no other."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=mail", "-addext", f"subjectAltName=IP:{HOST}"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the arguments are ours
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    how = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    with mail_server(**how) as box:
        failures = deliver(TROUBLE, mail(box.port, security=security), {}, {})
    assert len(box.letters) == trusted
    assert bool(failures) != trusted


def test_a_server_that_is_not_there() -> None:
    """What could not be mailed is one sentence that names the server and what to correct."""
    with mail_server() as box:
        pass
    (said,) = deliver(TROUBLE, mail(box.port), {}, {})
    assert said.startswith(f"The report was not mailed by {HOST}:{box.port} (")
    assert "[nightly.report] in importer.toml" in said


@pytest.mark.parametrize("kind", ["text", "teams", "json", None])
def test_a_chat(kind: Any) -> None:
    """Slack and others get a text, Teams a card, a program the night; subject and text in each."""
    with chat() as (address, posted):
        report = ReportConfig(webhook=True, webhook_url=address, webhook_format=kind)
        assert deliver(TROUBLE, report, {}, {"event": "night"}) == []
    (body,) = posted
    told = json.dumps(body, ensure_ascii=False)
    assert TROUBLE.subject in told
    assert TROUBLE.text in told
    assert {*body} == {
        "json": {"subject", "text", "night"},
        "teams": {"type", "attachments"},
    }.get(kind, {"text"})


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_chat_that_refuses(status: int) -> None:
    """A refusal, or a way to another place, is said with its status and without the address."""
    with chat(status) as (address, posted):
        environment = {"IMPORTER_WEBHOOK": address}
        (said,) = deliver(TROUBLE, ReportConfig(webhook=True), environment, {})
    assert len(posted) == 1
    assert f"(it answered with status {status})" in said
    assert "secret-part" not in said


def test_a_chat_that_never_answers() -> None:
    """A server that takes the connection and says nothing does not hold the night."""
    with closing(socket.create_server((HOST, 0))) as silent:
        address = f"http://{HOST}:{silent.getsockname()[1]}/secret-part"
        report = ReportConfig(webhook=True, webhook_url=address)
        (said,) = deliver(TROUBLE, report, {}, {}, seconds=0.2)
    assert "no answer within 0.2 s" in said
    assert "secret-part" not in said


def test_only_trouble() -> None:
    """With `when = "trouble"` a good night is told to nobody."""
    with mail_server() as box:
        report = mail(box.port)
        report = ReportConfig(when="trouble", mail=report.mail)
        assert deliver(GOOD, report, {}, {}) == []
        assert box.letters == []
        assert deliver(TROUBLE, report, {}, {}) == []
        assert len(box.letters) == 1


def test_a_night_that_mails(office: Office, sandbox: Sandbox) -> None:
    """The mail names the list to look at, its results and the report; numbers are masked."""
    with mail_server() as box:
        table = f'smtp = "{HOST}:{box.port}"\nsmtp_security = "none"\n'
        table += 'from = "importer@example.com"\nto = "ops@example.com"\n'
        office.configure("[nightly.folders.hk]", f"[nightly.report]\n{table}[nightly.folders.hk]")
        office.drop("hk/+852 5123 4567.csv", hong_kong(3))
        office.drop("wrong.csv", ["Ann", "Bob"])
        done = office.night()
    (letter,) = box.letters
    assert letter["Subject"] == f"Night of {office.date}: 1 list to be looked at"
    text = text_of(letter)
    assert "To be looked at:\n- wrong.csv: Nothing was sent:" in text
    assert "wrong.csv.reason.txt" in text
    assert "Done:\n- hk/+852 5*" in text
    assert "5123 4567" not in text
    assert "night.xlsx" in text
    assert "report sent" in done.err


def test_a_report_that_can_t_be_sent_fails_no_night(office: Office, sandbox: Sandbox) -> None:
    """The exit code is the night's; with --quiet, too, it is said that the report did not go."""
    table = 'smtp = "127.0.0.1:9"\nfrom = "a@example.com"\nto = ["b@example.com"]\n'
    office.configure("[nightly.folders.hk]", f"[nightly.report]\n{table}[nightly.folders.hk]")
    office.drop("list.csv", hong_kong(3))
    done = office.night("--quiet")
    assert done.exit == 0
    assert "report not sent · The report was not mailed by 127.0.0.1:9" in done.err
    assert office.names("done") == [f"{office.date}/list.csv"]


def test_an_interrupt_while_the_report_is_sent(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is stopped at that moment has had a good night all the same."""

    def interrupted(*about: object) -> list[str]:
        del about
        raise KeyboardInterrupt

    monkeypatch.setattr(delivery, "deliver", interrupted)
    table = 'webhook = "https://chat.example/x"\n'
    office.configure("[nightly.folders.hk]", f"[nightly.report]\n{table}[nightly.folders.hk]")
    done = office.night()
    assert done.exit == 0
    assert "report not sent · The report was not sent: that was interrupted." in done.err


def test_a_night_that_could_not_begin_is_told(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a report hears of a night without credentials as well."""
    with chat() as (address, posted):
        office.configure(
            "[nightly.folders.hk]",
            '[nightly.report]\nwebhook = "environment"\n[nightly.folders.hk]',
        )
        monkeypatch.setenv("IMPORTER_WEBHOOK", address)
        assert office.night().exit == 2
    (body,) = posted
    assert "it could not begin" in body["text"]
    assert "NXCLOUD_ACCESS_KEY" in body["text"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"smtp": "mail.example.com"}, "needs from and to"),
        ({"smtp": "mail.example.com", "from": "a", "to": "b@example.com"}, "from must be a mail"),
        ({"to": "b@example.com"}, "to is for mail"),
        ({"smtp": "user@mail", "from": "a@b.c", "to": "a@b.c"}, "smtp must be a server"),
        ({"webhook": "http://chat.example.com/x"}, "must begin with https"),
        ({"webhook": "chat"}, "is no web address"),
        ({"webhok": "x"}, "is webhook meant"),
        ({"when": "always"}, "names nobody"),
        ({"when": "sometimes", "webhook": "https://a.example/x"}, "one of always, trouble"),
        (
            {
                "smtp": "mail.example.com",
                "from": "a@b.c",
                "to": "a@b.c",
                "smtp_user": "a",
                "smtp_security": "none",
            },
            "would show the password",
        ),
    ],
)
def test_what_can_t_be_used_is_said(table: dict[str, Any], said: str) -> None:
    """A table that would send nothing, or a secret in the open, is refused before the night."""
    with pytest.raises(SettingsError, match=said):
        report_config(table)


def test_microsoft_s_webhooks_get_cards() -> None:
    """The address tells what a chat takes, unless importer.toml says it."""
    from importer.nightly.morning.report_config import format_of

    assert format_of("https://prod-1.westeurope.logic.azure.com:443/workflows/1") == "teams"
    assert format_of("https://hooks.slack.com/services/1") == "text"
