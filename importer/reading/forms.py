"""Tells a file's format by its content; the ending of its name may be wrong."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from enum import Enum, auto

from importer.errors import UnreadableInput


class Form(Enum):
    """The forms that can be read."""

    XLSX = auto()
    XLSB = auto()
    ODS = auto()
    XLS = auto()
    HTML = auto()
    PARQUET = auto()
    TEXT = auto()


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_EXCEL = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")
"""A worksheet without a container, as Excel 2 to 4 wrote it."""
_DAMAGED_DIRECTORY = (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError)
"""What zipfile raises where the directory of a zip is damaged."""
_NO_PART = (KeyError, OSError, RuntimeError, EOFError, zlib.error, NotImplementedError)
"""What it raises at a part that is not there, locked, damaged, or packed in another way."""
_SAVE = "open it in Excel and save it as .xlsx"
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"BZh9", "a compressed archive"),
    (b"\xfd7zXZ\0", "a compressed archive"),
    (b"II*\0", "a picture"),
    (b"MM\0*", "a picture"),
    (b"\0\x01\0\0Standard ", "an Access database"),
    (b"\0\0\x02\0", "a workbook of Lotus 1-2-3 or Quattro Pro"),
    (b"\0\0\x1a\0", "a workbook of Lotus 1-2-3"),
    (b"bplist00", "a property list"),
    (b"%!PS", "a PostScript document"),
    (b"SQLite format 3", "a database"),
    (b"\x28\xb5\x2f\xfd", "a compressed archive"),
)
_PARQUET = b"PAR1"
_HTML = re.compile(rb"<(?:!doctype\s{1,99}html|html|table|meta)\b", re.I)
_JSON = re.compile(rb'[{\[]\s{0,99}(?:[{\[]\s{0,99})?"[^"]{0,999}"\s{0,99}[:,\]]|\{\s{0,99}\}')
_FLAT_ODF = b"urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_ARCHIVE = re.compile(rb"PK(?:\x01\x02|\x03\x04|\x05\x06|\x07\x08)")
"""A zip's signatures (APPNOTE.TXT, 4.3)."""
_SYLK = re.compile(
    rb"ID;P[^\r\n]{0,999}[\r\n]{1,2}(?:P;[PEF]|F;[A-Z]|B;[YX]\d|C;[XY]\d|O;[A-Z]|N[NLEU];)"
)
"""Its second line is a record too; that of a CSV file whose header begins with `ID;P` is none."""
_XML = re.compile(rb"<[A-Za-z_][\w:.-]{0,99}(?:\s[^<>]{0,999})?/?>\s{0,99}<[A-Za-z_/!?]")
_FIELD = re.compile(rb"[A-Za-z-]{2,40}:")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DIF = re.compile(rb'TABLE\s{1,4}0,1\s{1,4}"')
_XML_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
_HEAD = 4096
_LOCK_BYTES = 1024


def form_of(name: str, raw: bytes) -> Form:
    """Return the form of a file. `name` is for the message only.

    Raises:
        UnreadableInput: it is empty, or something else than a spreadsheet, which is said.
    """
    if not raw:
        raise UnreadableInput(f"{name} is empty: nothing is in the file, not even a header.")
    if name.startswith("~$") and len(raw) < _LOCK_BYTES:
        raise UnreadableInput(
            f"{name} is only Excel's note that the workbook is open: name the workbook itself."
        )
    head = raw[:_HEAD]
    for start, what in _OTHERS:
        if head.startswith(start):
            raise UnreadableInput(f"{name} is {what}, no spreadsheet: export the list as .xlsx.")
    if head.startswith(_PARQUET):
        return Form.PARQUET
    if _ARCHIVE.match(head):
        return _packed_form(name, raw)
    if head.startswith(_OLE):
        return _container_form(name, raw)
    if head.startswith(_OLD_EXCEL):
        raise UnreadableInput(f"{name} is a workbook of Excel 4 or older: {_SAVE}.")
    return _text_form(name, head)


def _packed_form(name: str, raw: bytes) -> Form:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            parts = {part.replace("\\", "/").lower().lstrip("/") for part in package.namelist()}
            kind = _document_kind(package)
    except _DAMAGED_DIRECTORY as error:
        raise UnreadableInput(
            f"{name} is a workbook that is cut off or damaged: get it again from its source, or "
            f"{_SAVE}."
        ) from error
    if any(part.startswith("xl/") and part.endswith("workbook.bin") for part in parts):
        return Form.XLSB
    if any(part.startswith("xl/") for part in parts):
        return Form.XLSX
    if "content.xml" in parts and kind not in {b"", b"spreadsheet", b"spreadsheet-template"}:
        shown = kind.decode(errors="replace").removesuffix("-template")
        raise UnreadableInput(
            f"{name} is an OpenDocument {shown}, no spreadsheet: copy its table into a workbook."
        )
    if "content.xml" in parts:
        return Form.ODS
    if "word/document.xml" in parts:
        raise UnreadableInput(f"{name} is a Word document: copy its table into a workbook.")
    if any(part.endswith((".iwa", "index.zip")) for part in parts):
        raise UnreadableInput(f"{name} is a Numbers document: export it as Excel in Numbers.")
    raise UnreadableInput(f"{name} is a zip archive, no spreadsheet: unpack it first.")


def _document_kind(package: zipfile.ZipFile) -> bytes:
    """Return the last word of an OpenDocument's type, "" where it says none (part 2, 3.3)."""
    start = b"application/vnd.oasis.opendocument."
    try:
        with package.open("mimetype") as part:
            said = part.read(99).strip()
    except _NO_PART:
        return b""
    return said.removeprefix(start) if said.startswith(start) else b""


def _container_form(name: str, raw: bytes) -> Form:
    """Tell what Microsoft's old container holds, by the names of its streams."""
    if "EncryptedPackage".encode("utf-16-le") in raw:
        raise UnreadableInput(f"{name} is protected with a password: save a copy without one.")
    if "WordDocument".encode("utf-16-le") in raw:
        raise UnreadableInput(f"{name} is a Word document: copy its table into a workbook.")
    return Form.XLS


def _other_text(head: bytes) -> str:
    """Return what a text is that is no list, or "" where it may be one."""
    if head[:11].upper() == b"BEGIN:VCARD":
        return "a set of contact cards (.vcf)"
    if head[:15].upper() == b"BEGIN:VCALENDAR":
        return "a calendar"
    if _JSON.match(head):
        return "JSON"
    if _FLAT_ODF in head:
        return "an OpenDocument sheet in one XML file (.fods)"
    return "an XML document" if head.startswith(b"<?xml") or _XML.match(head) else ""


def _without_comments(head: bytes) -> bytes:
    """Return a text from its first element on, without a declaration and comments before it."""
    head = head.lstrip()
    if head.startswith(b"<?xml"):
        head = head.partition(b">")[2].lstrip()
    while head.startswith(b"<!--"):
        head = head.partition(b"-->")[2].lstrip()
    return head


def _is_web_archive(head: bytes) -> bool:
    """Whether a text begins as a mail does, of which MIME-Version is a field (RFC 2045, 4)."""
    for line in head.lstrip().splitlines():
        if line[:13].lower() == b"mime-version:":
            return True
        if not _FIELD.match(line) and not line.startswith((b" ", b"\t")):
            return False
    return False


def _text_form(name: str, head: bytes) -> Form:
    if head.startswith(_UTF_16):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    if _XML_2003 in head:
        raise UnreadableInput(f"{name} is an 'XML Spreadsheet 2003': {_SAVE}.")
    if _is_web_archive(head):
        raise UnreadableInput(f"{name} is a web archive, whatever its ending says: {_SAVE}.")
    if _HTML.match(_without_comments(head.removeprefix(b"\xef\xbb\xbf"))):
        return Form.HTML
    what = _other_text(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    if what:
        raise UnreadableInput(f"{name} is {what}, no spreadsheet: export the list as .xlsx.")
    for pattern, what in ((_SYLK, "a SYLK file"), (_DIF, "a DIF file")):
        if pattern.match(head):
            raise UnreadableInput(f"{name} is {what}: {_SAVE}.")
    return Form.TEXT
