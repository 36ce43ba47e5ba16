"""What one cell promises: the number that it certainly means, or the reason why there is none."""

import time

import pytest

from importer.model import CellKind, Reason
from importer.phones import PhoneOptions
from importer.phones.careful import decide_by_column
from importer.phones.cell.decide import decide
from importer.phones.cell.evidence import ColumnEvidence, Evidence
from importer.phones.cell.verdict import Verdict
from importer.phones.options import BareDigits

HONG_KONG = "85235753351"


def verdict(
    text: str,
    region: str = "",
    options: PhoneOptions | None = None,
    kind: CellKind = CellKind.TEXT,
) -> Verdict:
    """The verdict on a cell that is the only one of its column, in a row that names its country."""
    (only,) = decide(text, kind, region or None, options or PhoneOptions())
    if only.bare is None or not region + only.number or (options and options.bare_digits != "auto"):
        return only
    evidence = Evidence()
    evidence.add(only.bare)
    evidence.sample(only.bare)
    (column,) = ColumnEvidence(places=[(region, evidence)]).columns()
    return decide_by_column(only, column)


TAKEN = [
    ("+852 3575 3351", "", HONG_KONG, "with its plus"),
    ("+852 3575 3351", "DE", HONG_KONG, "a plus beats the row's country"),
    ("0085235753351", "", HONG_KONG, "00 for the plus"),
    ("85235753351", "HK", HONG_KONG, "no plus: nothing else is valid"),
    (
        "447911123456",
        "",
        "447911123456",
        "no plus and no country: nobody has such national numbers",
    ),
    ("15012345678", "CN", "8615012345678", "the row's country beats an accident abroad"),
    ("81234567890", "ID", "6281234567890", "so it does for Japan's code"),
    ("4915112345678", "DE", "4915112345678", "a mobile number after the code; no line is so long"),
    ("573011352229", "CO", "573011352229", "its own code, though Colombia dials 005 for abroad"),
    ("84951234567", "RU", "74951234567", "8 is Russia's trunk prefix, and +84 Vietnam's code"),
    ("33.12.34.56", "DK", "4533123456", "pairs, as Denmark writes them; an IP address has others"),
    ("20 12 34", "FO", "298201234", "all of the Faroes' have six digits"),
    ("23 11 77", "NC", "687231177", "and those of New Caledonia, which are written so"),
    ("201008021036", "EG", "201008021036", "a mobile number of Egypt with its code"),
    ("089 91234567-70", "DE", "49899123456770", "an extension behind a number with its area code"),
    ("02.213.45.67", "BE", "3222134567", "no part of an IP address begins with 0"),
    ("0475/12.34.56", "BE", "32475123456", "a slash and points"),
    ("06-30/123-4567", "HU", "36301234567", "a slash after the area code"),
    ("+43/664/1234567", "", "436641234567", "two slashes"),
    ("44 (0)7400 123456", "", "447400123456", "the 0 in brackets shows the code before it"),
    ("4407400123457", "GB", "447400123457", "the trunk prefix after the code"),
    ("5215512345678", "MX", "525512345678", "the 1 of Mexico's mobiles"),
    ("+36 06 20 123 4567", "", "36201234567", "Hungary's trunk prefix after the code"),
    ("+7 8 912 345-67-89", "", "79123456789", "Russia's"),
    ("M: +44 7400 123456", "", "447400123456", "a label of one letter"),
    ("Cell#: +1 (201) 555-0123", "", "12015550123", "a label with a sign"),
    ("Mobile +852 5123 4567", "", "85251234567", "a label before a plus"),
    ("+1 202-555-0123.", "", "12025550123", "a full stop"),
    ("\U0001f1ed\U0001f1f0 +852 3575 3351", "", HONG_KONG, "a flag"),
    ("+49_711_1234567", "", "497111234567", "lines below"),
    ("85235753351@c.us", "", HONG_KONG, "a chat program's name of a person"),
    ("612345678", "IT", "390612345678", "Rome's 06: no mobile number begins with 6"),
    ("502345678", "IL", "972502345678", "a mobile number has no area code that may be missing"),
    ("50123456", "CU", "5350123456", "nor has Cuba's"),
    ("3575 3351", "HK", HONG_KONG, "national"),
    ("(852) 3575-3351", "", HONG_KONG, "the code in brackets"),
    ("+(852) 3575-3351", "", HONG_KONG, "the same with a plus"),
    ("001 852 3575 3351", "HK", HONG_KONG, "what Hong Kong dials for abroad"),
    ("011 852 3575 3351", "US", HONG_KONG, "what America dials for abroad"),
    ("0011 852 3575 3351", "AU", HONG_KONG, "what Australia dials for abroad"),
    ("+0085235753351", "", HONG_KONG, "plus and 00 say the same twice"),
    ("07911 123456", "GB", "447911123456", "the trunk prefix goes"),
    ("7911 123456", "GB", "447911123456", "its zero lost: too long for a number within a town"),
    ("+44 (0)20 7946 0958", "", "442079460958", "dialled at home only"),
    ("06 12345678", "IT", "390612345678", "Italy's zero is part of the number"),
    ("+39 (0)6 12345678", "", "390612345678", "also in brackets"),
    ("+39 (0)347 1234567", "", "393471234567", "no area code is 0347: the 0 is left out"),
    ("+36 (0)20 123 4567", "", "36201234567", "so it is where people dial 06 at home"),
    ("+852 (0)3575 3351", "", HONG_KONG, "and where they dial nothing"),
    ("8 (912) 345-67-89", "RU", "79123456789", "Russia's trunk prefix"),
    ("06 30 123 4567", "HU", "36301234567", "Hungary's has two digits"),
    ("6301234567", "HU", "36301234567", "and lost its zero"),
    ("8 029 123-45-67", "BY", "375291234567", "Belarus has an old one"),
    ("01 55 1234 5678", "MX", "525512345678", "Mexico's was retired"),
    ("+52 1 55 1234 5678", "", "525512345678", "and so was the 1 of its mobiles"),
    ("011 15-2345-6789", "AR", "5491123456789", "15 at home is 9 abroad"),
    ("0351 15 234-5678", "AR", "5493512345678", "with a longer area code"),
    ("+54 9 11 2345-6789", "", "5491123456789", "as it is abroad"),
    ("131 2345 6789", "CN", "8613123456789", "grouped as at home; +1 312 345 6789 is not"),
    ("(201) 555-0123", "US", "12015550123", "grouped as at home; +20 15550123 is not"),
    ("14155552671", "US", "14155552671", "trunk prefix or code: the same number"),
    ("15112345678", "DE", "4915112345678", "a zero lost; +1 511 is no area"),
]


@pytest.mark.parametrize(("text", "region", "number", "why"), TAKEN)
def test_taken(text: str, region: str, number: str, why: str) -> None:
    """What is certain is a number, however it is written."""
    assert verdict(text, region).number == number, why


REPAIRED = [
    ("85235753351.0", "repaired: .0 removed", "text of a float"),
    ("85235753351,00", "repaired: ,00 removed", "the same in German"),
    ("85,235,753,351", "repaired: thousands separators removed", "a formatted number"),
    ("85,235,753,351.00", "repaired: thousands separators removed", "with decimals"),
    ("85.235.753.351,00", "repaired: thousands separators removed", "the same in German"),
]


@pytest.mark.parametrize(("text", "said", "why"), REPAIRED)
def test_repair_is_said(text: str, said: str, why: str) -> None:
    """Only what is certain is put right, and the operator reads what it was."""
    found = verdict(text, "HK")
    assert (found.number, found.explanation) == (HONG_KONG, said), why


REFUSED = [
    ("8.5235753351E+10", "", Reason.SCIENTIFIC, "even with every digit: a person has to look"),
    ("8.523575E+10", "", Reason.SCIENTIFIC, "four digits are gone"),
    ("8.523575335E+10", "", Reason.SCIENTIFIC, "the last digit was 0, or was rounded away"),
    ("8,52E+10", "", Reason.SCIENTIFIC, "in German"),
    ("8.6138E+12", "CN", Reason.SCIENTIFIC, "turned back, a valid number of a stranger"),
    ("85235753351.5", "", Reason.FRACTION, "half a number"),
    ("3575335.1", "HK", Reason.FRACTION, "a point and one digit"),
    ("0711123456.0", "DE", Reason.FRACTION, "a float has no zero in front"),
    ("+852 3575 3351 ext. 12", "", Reason.EXTENSION, "an extension"),
    ("+852 3575 3351 x12", "", Reason.EXTENSION, "an extension"),
    ("+852 3575 3351 #12", "", Reason.EXTENSION, "an extension"),
    ("+85235753351\u8f6c12", "", Reason.EXTENSION, "an extension in Chinese"),
    ("tel:+85235753351;ext=12", "", Reason.EXTENSION, "an extension of a link"),
    ("1-800-FLOWERS", "US", Reason.LETTERS, "a vanity number is digits only by a telephone's keys"),
    ("+852 3575 335O", "", Reason.LETTERS, "the letter O"),
    ("Fax: 3575 3351", "HK", Reason.LETTERS, "not a telephone"),
    ("2020-01-01", "HK", Reason.DATE, "its digits are a valid number of Hong Kong"),
    ("01/02/2020", "HK", Reason.DATE, "a date"),
    ("31.12.99", "HK", Reason.DATE, "a short date"),
    ("5-Jan-20", "", Reason.DATE, "a date with its month"),
    ("12:30", "", Reason.DATE, "a time"),
    ("#N/A", "", Reason.ERROR, "an error"),
    ("n/a", "", Reason.NOT_A_NUMBER, "a word for nothing, which no formula made"),
    ("NULL", "", Reason.NOT_A_NUMBER, "what a database writes for nothing"),
    ("########", "", Reason.ERROR, "a column too narrow when it was copied"),
    ("192.168.100.200", "", Reason.NOT_A_NUMBER, "an IP address"),
    ("33.12.34.56", "HK", Reason.NOT_A_NUMBER, "an IP address, and no way to write Hong Kong's"),
    ("2021. 07. 09", "DK", Reason.DATE, "a date with points and spaces"),
    ("23 11 1977", "HK", Reason.DATE, "a birthday"),
    ("04 08 05", "DE", Reason.DATE, "a day of 2005, and no way to write Hamburg's 040"),
    ("2020-2021", "DK", Reason.DATE, "two years, and no way to write Denmark's"),
    ("202106210821", "DE", Reason.DATE, "a date and a time"),
    ("19880701 0806", "AT", Reason.DATE, "a date and a time with a space between"),
    ("20210621-082159", "DE", Reason.DATE, "with a dash, to the second"),
    ("2021-06-21-08-21", "AT", Reason.DATE, "with dashes throughout"),
    ("23122016 1909", "DK", Reason.DATE, "the day first; and no number of Liberia's"),
    ("602770084190", "DE", Reason.AMBIGUOUS, "an article number: Germany's have 11 digits at most"),
    ("201008021036", "DK", Reason.AMBIGUOUS, "a date and a time, or an Egyptian mobile number"),
    ("4017186159817", "DE", Reason.AMBIGUOUS, "an article number: nobody's is as long"),
    ("91234567-70", "DE", Reason.AMBIGUOUS, "a firm's number in its town, with an extension"),
    ("22.302711", "HK", Reason.FRACTION, "a latitude"),
    ("355016515643267", "DE", Reason.TOO_LONG, "an IMEI: with its code 17 digits"),
    ("(201) 555-0123", "HK", Reason.AMBIGUOUS, "North America's brackets, and not Egypt's +20"),
    ("(65) 3100-4444", "", Reason.AMBIGUOUS, "Brazil's area code, or Singapore's code in brackets"),
    ("(51) 98765-4321", "", Reason.AMBIGUOUS, "Brazil's area code in brackets, and not Peru's +51"),
    ("8 (495) 123-45-67", "", Reason.AMBIGUOUS, "Russia's trunk prefix, and not Vietnam's +84"),
    ("155-1234-5678", "US", Reason.AMBIGUOUS, "grouped as in China"),
    (
        "85235753351",
        "",
        Reason.AMBIGUOUS,
        "Hong Kong, or an Indonesian mobile number without its 0",
    ),
    ("3212555710", "", Reason.AMBIGUOUS, "Belgium, or a Colombian mobile number"),
    ("+852 3575 3351\u0336", "", Reason.STRUCK, "a digit with a line through it"),
    ("+\u0338852 3575 3351", "", Reason.STRUCK, "a plus with a line through it"),
    ("+39 0347 123 (0)456", "", Reason.NOT_VALID, "a 0 in brackets that is not behind the code"),
    ("+39 (0)345 123 4567", "IT", Reason.AMBIGUOUS, "a landline of 0345, or a mobile of 345"),
    ("6283907103", "ID", Reason.AMBIGUOUS, "it begins with the country's code, and lost digits"),
    ("$85235753351", "", Reason.NOT_A_NUMBER, "money"),
    ("85%", "", Reason.NOT_A_NUMBER, "a share"),
    ("-85235753351", "", Reason.NOT_A_NUMBER, "a negative number"),
    ("8523+5753351", "", Reason.NOT_A_NUMBER, "a plus inside"),
    ("+852 3575 3351\u00b2", "", Reason.NOT_A_NUMBER, "a footnote"),
    ("", "", Reason.NOT_A_NUMBER, "nothing"),
    ("3575 3351", "", Reason.NO_COUNTRY, "which country's?"),
    ("0711 123456", "", Reason.NO_COUNTRY, "which country's?"),
    ("+999 3575 3351", "", Reason.UNKNOWN_CODE, "nobody's code"),
    ("+852 3575", "", Reason.TOO_SHORT, "too short"),
    ("+852 3575 3351 3351", "", Reason.TOO_LONG, "too long"),
    ("+852 1111 1114", "", Reason.NOT_VALID, "possible"),
    ("85211111114", "", Reason.NOT_VALID, "the vendor's example"),
    ("1185235753351", "US", Reason.ZERO_LOST, "011 in front was a number cell's 11"),
    ("15012345678", "", Reason.AMBIGUOUS, "Chinese, or American"),
    ("30123456", "DE", Reason.AMBIGUOUS, "Berlin, or any town's number"),
    ("6641234", "AT", Reason.AMBIGUOUS, "a mobile, or any town's number"),
    ("331234567", "IT", Reason.AMBIGUOUS, "a mobile, or Varese without its zero"),
    ("3312345678", "IT", Reason.AMBIGUOUS, "a mobile, or Varese without its zero"),
    ("622822212345", "TH", Reason.AMBIGUOUS, "Indonesian, or Togo's 22822212345 after 006"),
    ("8 10 852 3575 3351", "RU", Reason.AMBIGUOUS, "810 for abroad, or a free number in Russia"),
    ("15512345678", "MX", Reason.AMBIGUOUS, "01 without its zero, or American"),
]


@pytest.mark.parametrize(("text", "region", "reason", "why"), REFUSED)
def test_refused(text: str, region: str, reason: Reason, why: str) -> None:
    """What is not certain is no number, and the reason is the right one."""
    found = verdict(text, region)
    assert (found.number, found.reason) == ("", reason), why


KINDS = [
    (CellKind.IMPRECISE, Reason.IMPRECISE),
    (CellKind.FRACTION, Reason.FRACTION),
    (CellKind.DATE, Reason.DATE),
    (CellKind.BOOLEAN, Reason.BOOLEAN),
    (CellKind.ERROR, Reason.ERROR),
    (CellKind.UNSAVED, Reason.UNSAVED),
    (CellKind.FORMAT, Reason.FORMAT),
    (CellKind.STRUCK, Reason.STRUCK),
    (CellKind.TOTAL, Reason.TOTAL),
    (CellKind.DAY, Reason.DATE),
    (CellKind.SECONDS, Reason.DATE),
    (CellKind.ARTICLE, Reason.NOT_A_NUMBER),
    (CellKind.ROUNDED, Reason.SCIENTIFIC),
]


@pytest.mark.parametrize(("kind", "reason"), KINDS)
def test_kind_refuses(kind: CellKind, reason: Reason) -> None:
    """A cell that held no text and no exact number is none, however valid its digits look."""
    assert verdict("85235753351", kind=kind).reason is reason


@pytest.mark.parametrize("kind", [CellKind.TEXT, CellKind.TOTAL])
def test_a_very_long_cell_is_refused_at_once(kind: CellKind) -> None:
    """No expression looks for labels in a million spaces, which would take hours."""
    began = time.process_time()
    assert not verdict("1" + " " * 1_000_000 + "1", kind=kind).number
    assert time.process_time() - began < 1


def test_every_kind_is_thought_of() -> None:
    """Each kind of cell is either read or has a reason of its own."""
    assert {kind for kind, _ in KINDS} | {CellKind.TEXT, CellKind.NUMBER} == set(CellKind)


def test_ambiguous_shows_its_readings() -> None:
    """The operator sees both numbers and picks one."""
    assert verdict("15512345678", "MX").explanation == "ambiguous: +525512345678 or +15512345678"


def test_possible_passes_only_when_asked() -> None:
    """The vendor's own example is possible but not valid."""
    possible = PhoneOptions(strict="possible")
    assert verdict("85211111114").reason is Reason.NOT_VALID
    assert verdict("85211111114", "HK", possible).number == "85211111114"
    assert verdict("11111114", "HK", possible).number == "85211111114"
    assert verdict("+85211111114", options=possible).number == "85211111114"
    assert verdict("0800 1111 111", "GB", possible).number.startswith("44800")
    assert verdict("+852111", options=possible).reason is Reason.TOO_SHORT


def test_valid_beats_possible() -> None:
    """Also when possible numbers pass, a valid reading is the one that counts."""
    assert verdict("35753351", "HK", PhoneOptions(strict="possible")).number == HONG_KONG


BY_HAND: list[tuple[str, str, BareDigits, str, str]] = [
    ("4915112345678", "DE", "international", "4915112345678", "the operator said how"),
    ("4915112345678", "DE", "national", "494915112345678", "the operator said how"),
    ("15012345678", "CN", "national", "8615012345678", "the operator said how"),
    ("15012345678", "CN", "international", "15012345678", "the operator said how"),
    ("30123456", "DE", "national", "4930123456", "national: with its area code"),
    ("030 123456", "DE", "international", "4930123456", "a trunk prefix is never international"),
    ("85235753351", "HK", "national", "", "too long to be national"),
    ("35753351", "", "national", "", "national of which country?"),
    ("+4915112345678", "CN", "national", "4915112345678", "not bare"),
    ("004915112345678", "CN", "national", "4915112345678", "not bare"),
]


@pytest.mark.parametrize(("text", "region", "bare", "number", "why"), BY_HAND)
def test_by_hand(text: str, region: str, bare: BareDigits, number: str, why: str) -> None:
    """`--bare-digits` says which reading to take, of bare digits only."""
    assert verdict(text, region, PhoneOptions(bare_digits=bare)).number == number, why


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_sentence(reason: Reason) -> None:
    """A reject that nobody can act on is of no use."""
    assert reason.advice.endswith(".")
    assert ":" not in reason.value, "what follows a colon is the detail"
