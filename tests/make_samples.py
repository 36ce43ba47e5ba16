"""Makes `samples/`: the same files each time, with nobody's names and numbers.

Numbers are the example numbers of the numbering plans, as the phonenumbers library publishes them,
with other last digits. Run it with `python tests/make_samples.py`.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import phonenumbers
from openpyxl import Workbook
from openpyxl.styles import Font
from phonenumbers import PhoneNumberFormat, PhoneNumberType

SAMPLES = Path(__file__).parents[1] / "samples"
INTERNATIONAL = PhoneNumberFormat.INTERNATIONAL
NATIONAL = PhoneNumberFormat.NATIONAL
E164 = PhoneNumberFormat.E164

CITIES = {
    "HK": ["Kowloon", "Sha Tin", "Tuen Mun"],
    "SG": ["Bedok", "Jurong East", "Tampines"],
    "TW": ["Taipei", "Taichung", "Tainan"],
    "JP": ["Osaka", "Sapporo", "Nagoya"],
    "MY": ["Ipoh", "Penang"],
    "TH": ["Chiang Mai", "Phuket"],
    "PH": ["Cebu", "Davao"],
    "CN": ["Shenzhen", "Guangzhou"],
    "DE": ["Hamburg", "Leipzig"],
    "FR": ["Lyon", "Nantes"],
    "GB": ["Leeds", "Bristol"],
    "ES": ["Sevilla", "Bilbao"],
    "NL": ["Utrecht", "Delft"],
    "PL": ["Gdansk", "Poznan"],
}
ASIA = ["HK", "SG", "TW", "JP", "MY", "TH", "PH", "CN"]
EUROPE = ["DE", "FR", "GB", "ES", "NL", "PL"]
CHINESE = {"HK": "香港", "SG": "新加坡", "TW": "台湾", "JP": "日本", "MY": "马来西亚"}
SHOPS = ["Harbour Shop", "Station Shop", "Market Shop", "Airport Shop"]


def example(region: str) -> phonenumbers.PhoneNumber:
    """Return a country's published example of a mobile number."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert number is not None
    return number


@dataclass
class Numbers:
    """Gives each country's example numbers, each with other last digits, and none twice.

    Each sample has `endings` of its own, so that no number is in two samples.
    """

    random: Random
    endings: range

    def __post_init__(self) -> None:
        self._given: set[str] = set()

    def next(self, region: str) -> phonenumbers.PhoneNumber:
        digits = str(example(region).national_number)
        while True:
            varied = f"{digits[:-3]}{self.random.choice(self.endings):03}"
            number = phonenumbers.parse(varied, region)
            text = phonenumbers.format_number(number, E164)
            if text not in self._given and phonenumbers.is_valid_number(number):
                self._given.add(text)
                return number


def as_typed(number: phonenumbers.PhoneNumber, how: int) -> str:
    """Write an international number in one of the ways in which people do."""
    plain = phonenumbers.format_number(number, E164)
    shown = phonenumbers.format_number(number, INTERNATIONAL)
    ways = [shown, plain, shown.replace(" ", "-"), plain.replace("+", "00"), shown, shown]
    return ways[how % len(ways)]


def customers() -> bytes:
    """Make a plain CSV as a shop exports it, with some duplicates and some cells to correct."""
    random = Random(1)
    numbers = Numbers(random, range(300))
    rows = []
    for at in range(1, 121):
        region = random.choice(["HK", "HK", "SG", "TW", "JP"])
        phone = as_typed(numbers.next(region), random.randrange(6))
        rows.append([f"Customer {at:03}", phone, random.choice(CITIES[region])])
    for at, earlier in [(40, 12), (77, 31), (103, 77)]:
        rows[at][1] = rows[earlier][1].replace(" ", "")
    for at, cell in [(22, "n/a"), (58, "+852 5123"), (91, "ask at the desk"), (110, "+65 8123 45")]:
        rows[at][1] = cell
    return csv_bytes(["Name", "Phone", "City"], rows, delimiter=",")


def national() -> bytes:
    """Make a CSV as Excel saves it in many countries: national numbers beside their country."""
    random = Random(2)
    numbers = Numbers(random, range(300, 600))
    rows = []
    for at in range(1, 91):
        region = random.choice(list(CHINESE))
        phone = phonenumbers.format_number(numbers.next(region), NATIONAL)
        rows.append([f"客户 {at:03}", region, phone, f"{CHINESE[region]} {at % 4 + 1} 号店"])
    rows[33][2] = "无"
    rows[61][2] = rows[61][2][:5]
    rows[72][1:3] = rows[18][1:3]
    return b"\xef\xbb\xbf" + csv_bytes(["客户", "国家", "手机号", "门店"], rows, delimiter=";")


def csv_bytes(header: list[str], rows: list[list[str]], *, delimiter: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def asia_europe() -> bytes:
    """Make a workbook of two sheets, where some numbers are text and some are integers."""
    random = Random(3)
    numbers = Numbers(random, range(600, 1000))
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, regions, count in [("Asia", ASIA, 240), ("Europe", EUROPE, 160)]:
        sheet = workbook.create_sheet(title)
        sheet.append(["Customer", "Country", "Mobile", "Shop", "Since"])
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for at in range(1, count + 1):
            region = random.choice(regions)
            number = numbers.next(region)
            text = as_typed(number, random.randrange(6))
            integer = int(phonenumbers.format_number(number, E164).removeprefix("+"))
            since = date(2019, 1, 1) + timedelta(days=random.randrange(2000))
            phone = integer if at % 3 == 0 else text
            customer = f"{title} Customer {at:03}"
            sheet.append([customer, region, phone, random.choice(SHOPS), since])
        sheet["C15"].value = None
        sheet["C41"].value = "unknown"
        sheet["C77"].value = sheet["C20"].value
        sheet["C98"].value = "+852 51"
        for column, width in zip("ABCDE", [22, 10, 22, 16, 12], strict=True):
            sheet.column_dimensions[column].width = width
        sheet.freeze_panes = "A2"
    return settled(workbook)


def settled(workbook: Workbook) -> bytes:
    """Save a workbook without the time at which it was made."""
    saved = io.BytesIO()
    workbook.save(saved)
    timeless = io.BytesIO()
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(timeless, "w") as new:
        for name in sorted(old.namelist()):
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[^<]*<", b">2024-01-01T00:00:00Z<", content)
            entry = zipfile.ZipInfo(name, date_time=(2024, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return timeless.getvalue()


MAKERS = {
    "customers.csv": customers,
    "asia-europe.xlsx": asia_europe,
    "national-with-country.csv": national,
}


def main(folder: Path = SAMPLES) -> None:
    """Write all samples into a folder."""
    folder.mkdir(exist_ok=True)
    for name, make in MAKERS.items():
        (folder / name).write_bytes(make())


if __name__ == "__main__":
    main()
