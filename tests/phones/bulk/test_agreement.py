"""What the bulk way promises: the same line for every cell as the careful way, in every column."""

import random
from collections.abc import Sequence
from itertools import islice

import pandas as pd
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberFormat, PhoneNumberType

from importer.phones import PhoneOptions, normalize
from importer.phones.bulk import patterns
from importer.phones.bulk.survey import Survey, survey
from importer.phones.cell.numbering import number_of
from importer.phones.inputs import encode_columns
from tests.phones.cell.columns import CHINESE, GERMAN, HONG_KONG, ITALIAN, abroad
from tests.phones.damage_corpus import cases
from tests.phones.damaged_lists import damaged_lists
from tests.phones.operator_lists import frame_of, lists
from tests.phones.test_properties import REGIONS, modest, regions, sprinkled, valid_numbers

OPTIONS = (
    PhoneOptions(),
    PhoneOptions(region="DE", strict="possible"),
    PhoneOptions(region="SG", bare_digits="national"),
    PhoneOptions(region="US", bare_digits="international"),
)
EXAMPLES = [
    phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    for region in REGIONS
    for kind in sorted(phonenumbers.supported_types_for_region(region))
    if (number := phonenumbers.example_number_for_type(region, kind))
]
FORMS = (
    lambda number: f"+{number}",
    lambda number: f"00{number}",
    lambda number: number,
    lambda number: number[len(code(number)) :],
    lambda number: f"0{number[len(code(number)) :]}",
    lambda number: written(number, PhoneNumberFormat.INTERNATIONAL),
    lambda number: written(number, PhoneNumberFormat.INTERNATIONAL).removeprefix("+"),
    lambda number: written(number, PhoneNumberFormat.NATIONAL),
    lambda number: "".join(filter(str.isdigit, written(number, PhoneNumberFormat.NATIONAL))),
    lambda number: f" +{code(number)} ({number[len(code(number)) :][:3]}) {number[-5:]}",
    lambda number: f"011{number}",
    lambda number: f"0011 {number}",
    lambda number: f"8 10 {number}",
)
DAMAGE = (
    lambda text, _rng: text.replace(" ", "-"),
    lambda text, _rng: text.replace(" ", "  "),
    lambda text, _rng: text.replace(" ", " - ", 1),
    lambda text, _rng: text.replace(" ", "."),
    lambda text, _rng: text.replace(" ", " (0)", 1),
    lambda text, _rng: f"({text})",
    lambda text, _rng: f" {text} ",
    lambda text, _rng: f"{text}.0",
    lambda text, _rng: f"{text},",
    lambda text, _rng: text[:-1] + "O",
    lambda text, rng: text + rng.choice(" x-/+") + str(rng.randrange(99)),
)


def code(number: str) -> str:
    return next(number[:at] for at in (1, 2, 3) if int(number[:at]) in COUNTRY_CODE_TO_REGION_CODE)


def written(number: str, form: int) -> str:
    national = number[len(code(number)) :]
    built = phonenumbers.PhoneNumber(
        int(code(number)), int(national or 0), italian_leading_zero=national[:1] == "0" or None
    )
    return phonenumbers.format_number(built, form)


def frame(
    texts: Sequence[str], region: str | Sequence[str] = "", kind: str | Sequence[str] = "text"
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sheet": "Sheet1",
            "column": "Phone",
            "original": pd.Series(texts, dtype="str"),
            "kind": kind,
            "region": region if isinstance(region, str) else list(region),
        }
    )


def changed(number: str, rng: random.Random) -> str:
    """A number with other digits at its end, and often one too many or too few."""
    count = rng.randint(0, min(7, len(number) - 4))
    end = "".join(rng.choices("0123456789", k=count))
    near = number[: len(number) - count] + end
    return rng.choice([near, near, near, near[:-1], near + rng.choice("0123456789")])


def mixture(seed: int, count: int) -> pd.DataFrame:
    """Cells of every region and type, in every form, damaged and not, in columns of all sorts."""
    rng = random.Random(seed)
    texts, names = [], []
    for _ in range(count):
        number = changed(rng.choice(EXAMPLES), rng)
        text = rng.choice(FORMS)(number)
        texts.append(rng.choice(DAMAGE)(text, rng) if rng.random() < 0.1 else text)
        own = COUNTRY_CODE_TO_REGION_CODE[int(code(number))][0]
        names.append(rng.choice([own, own, own, own, "", rng.choice(REGIONS), "HK", "Nowhere"]))
    cells = frame(texts, names)
    kinds = ["text", "text", "text", "number", "date", "total"]
    return cells.assign(
        sheet=rng.choices(["One", "Two"], k=count),
        column=rng.choices(["Home", "Work"], k=count),
        kind=rng.choices(kinds, k=count),
    )


def assert_same(
    cells: pd.DataFrame, options: PhoneOptions = OPTIONS[0], part_size: int | None = None
) -> None:
    fast = normalize(cells, options, part_size=part_size)
    careful = normalize(cells, options, in_bulk=False)
    assert fast.lines["cell"].equals(careful.lines["cell"])
    different = (fast.lines != careful.lines).any(axis=1)
    assert fast.lines[different].to_dict("records") == careful.lines[different].to_dict("records")
    assert fast.lines.dtypes.to_dict() == careful.lines.dtypes.to_dict()
    assert fast.assumptions == careful.assumptions


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_mixture(options: PhoneOptions) -> None:
    """Every region, type and form, near misses and junk: both ways give the same lines."""
    cells = mixture(1, 1_500)
    assert_same(cells, options)
    assert_same(cells.assign(sheet="One", column="Home", region=""), options)
    assert_same(cells.assign(sheet="One", column="Home", region="CN"), options)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_million(seed: int) -> None:
    """The same over a million cells, in all ways of asking, in one part and in several."""
    part_size = None if seed < 10 else 20_000
    assert_same(mixture(100 + seed, 50_000), OPTIONS[seed % len(OPTIONS)], part_size)


@pytest.mark.parametrize("options", OPTIONS[:2], ids=repr)
def test_damage_corpus(options: PhoneOptions) -> None:
    """All damaged cells: in a column of each one's own, and in one column."""
    corpus = list(cases())
    kinds, names = [case.kind for case in corpus], [case.country for case in corpus]
    cells = frame([case.text for case in corpus], names, kinds)
    assert_same(cells, options)
    assert_same(cells.assign(column=[str(at) for at in range(len(corpus))]), options)


@pytest.mark.parametrize("region", ["", "CN", "DE", "HK", "IT", "US", "AR"])
def test_ways_of_writing(region: str) -> None:
    """Columns with a convention, with none, and with one that is not clear."""
    columns = [
        CHINESE,
        [*CHINESE, *abroad("CN", CHINESE[:3])],
        abroad("DE", GERMAN),
        [*GERMAN, *abroad("DE", GERMAN[:5])],
        [f"0{one}" for one in GERMAN],
        [*HONG_KONG, *abroad("HK", HONG_KONG)],
        ITALIAN,
        [*ITALIAN, "06 12345678", "0612345678", "612345678"],
        [one for one in EXAMPLES if one.startswith("1")],
    ]
    for texts in columns:
        assert_same(frame(texts, region))


@pytest.mark.parametrize("region", ["DE", "IT", "AT", "HK", "SG", "TW", "US", "CN", "HU", "AR"])
def test_columns_of_all_sorts(region: str) -> None:
    """Mostly of one sort of cell with some of another, so that columns show each way."""
    rng = random.Random(region)
    own = [number for number in EXAMPLES if COUNTRY_CODE[code(number)] == region]
    fixed, mobile = (region_example(kind, region) for kind in (0, 1))
    some = [fixed, mobile, f"{fixed}000000000"[: len(mobile)]]
    sorts = [
        [FORMS[form](near) for _ in range(60) if (near := valid_like(rng.choice(some), rng))]
        for form in (0, 2, 2, 3, 3, 4, 7, 8)
    ]
    sorts.append([FORMS[2](valid_like(rng.choice(EXAMPLES), rng)) for _ in range(60)])
    sorts.append([FORMS[2](valid_like("918123456792", rng)) for _ in range(40)])
    sorts.append([FORMS[3](changed(rng.choice(own), rng)) for _ in range(60)])
    for _ in range(25):
        one, other, third = rng.sample(sorts, 3)
        texts = [*one, *rng.choices(other, k=rng.choice([1, 5, 40])), *third[: rng.choice([0, 9])]]
        assert_same(frame(texts, region))


@pytest.mark.parametrize(
    ("region", "mobile", "fixed", "length"), [("AT", "664", "1", 11), ("ID", "8", "", 9)]
)
def test_mobiles_among_fixed_lines(region: str, mobile: str, fixed: str, length: int) -> None:
    """Of one length, in an open plan: what a column shows and how it is read differs by type."""
    rng = random.Random(region)
    mobiles, lines = (of_length(region, start, length, rng) for start in (mobile, fixed))
    own = abroad(region, mobiles)
    assert_same(frame([*own[:30], *abroad(region, lines[:30])], region))
    assert_same(frame([*abroad(region, lines[:30]), *own[:30]], region))
    for nationals in ([mobiles[0], lines[0]], [lines[0], mobiles[0]]):
        for count in (50, 80):
            assert_same(frame([*nationals, *own[-count:], *own[:50], *own[50:70]], region))


@pytest.mark.parametrize(("region", "mobile", "fixed"), [("AT", "664", "1"), ("ID", "8", "2")])
def test_national_mobiles_and_lines_in_an_international_column(
    region: str, mobile: str, fixed: str
) -> None:
    """In an open plan a bare fixed line may be an accident where a mobile of its length is none."""
    rng = random.Random(1)
    mobiles, lines = of_length(region, mobile, 10, rng, 700), of_length(region, fixed, 10, rng)
    own = abroad(region, mobiles[20:])
    assert_same(frame([*mobiles[:4], *lines[:4], *own], region))
    assert_same(frame([*lines[:4], *mobiles[:4], *own], region))


def of_length(
    region: str, start: str, length: int, rng: random.Random, count: int = 80
) -> list[str]:
    """Return different valid national numbers."""
    found: dict[str, None] = {}
    while len(found) < count:
        national = start + "".join(rng.choices("0123456789", k=length - len(start)))
        number = number_of(code(region_example(1, region)) + national)
        if number and number.valid:
            found[national] = None
    return list(found)


COUNTRY_CODE = {str(code): names[0] for code, names in COUNTRY_CODE_TO_REGION_CODE.items()}


def region_example(kind: int, region: str) -> str:
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def valid_like(number: str, rng: random.Random) -> str:
    """Return a valid number that begins as another does, or that one."""
    for _ in range(20):
        end = "".join(rng.choices("0123456789", k=rng.randint(4, 7)))
        near = number_of(number[: -len(end)] + end)
        if near and near.valid:
            return near.digits
    return number


def test_digits_written_twice() -> None:
    """Digits count once in a column's evidence, as they are written last, also in odd ways."""
    rng = random.Random(3)
    texts = [*ITALIAN, *(f"{one[:3]} {one[3:]}" for one in ITALIAN[:40]), *ITALIAN[:20]]
    texts += ["".join(chr(0xFF10 + int(sign)) for sign in one) for one in ITALIAN[:30]]
    for _ in range(20):
        rng.shuffle(texts)
        for count in (25, 45, len(texts)):
            assert_same(frame(texts[:count], "IT"))
            assert_same(frame(texts[:count], "IT", rng.choices(["text", "number"], k=count)))


@settings(modest, max_examples=150)
@given(data=st.data(), number=valid_numbers(), region=regions)
def test_any_cell(data: st.DataObject, number: tuple[str, str], region: str | None) -> None:
    """A number in any dress beside its neighbours, in a row of any country."""
    rng = random.Random(data.draw(st.integers(0, 2**32)))
    texts = [form(changed(number[0], rng)) for form in FORMS]
    texts.append(data.draw(sprinkled(number[0])))
    texts.append(data.draw(st.text("0123456789+-./,;() Ee'", max_size=24)))
    texts.append(data.draw(st.text(max_size=30)))
    assert_same(frame(texts, region or ""), data.draw(st.sampled_from(OPTIONS)))


LIKE_DATES = (
    "[12][0-9]{3}[ -]?[01][0-9][ -]?[0-3][0-9][ -]?[0-2][0-9][ -]?[0-6][0-9]([ -]?[0-6][0-9])?",
    "[0-3][0-9][01][0-9](19|20)[0-9]{2}[ -]?[0-2][0-9][0-6][0-9]",
    "[0-9]{2} [0-9]{2} [0-9]{2}",
    "(19|20)[0-9]{2} ?- ?(19|20)[0-9]{2}",
    "20(10|11|12|15)[01][0-9][0-3][0-9][0-2][0-9][0-5][0-9]",
)
LIKE_EXTENSIONS = ("0?[1-9][0-9]{3,9}-[0-9]{1,4}", "[1-9][0-9]{2,3} [0-9]{4,6}-[0-9]{1,3}")
ARTICLES = ("[1-9][0-9]{11,12}",)


@settings(modest, max_examples=60)
@given(
    texts=st.lists(
        st.one_of(
            *(
                st.from_regex(one, fullmatch=True, alphabet=st.characters(codec="ascii"))
                for one in (*LIKE_DATES, *LIKE_EXTENSIONS, *ARTICLES)
            )
        ),
        min_size=1,
        max_size=40,
    ),
    region=st.sampled_from(["", "AT", "DE", "DK", "EG", "FI", "FO", "HK", "ID", "IT", "NC", "US"]),
)
def test_dates_extensions_and_articles(texts: list[str], region: str) -> None:
    """What may be a date, an extension or an article number is so beside the same digits alone."""
    digits = ["".join(filter(str.isdigit, one)) for one in texts]
    assert_same(frame([*digits, *texts], region))


def test_plans() -> None:
    """Looked up in bulk, each number is valid, of a country and of a type as it is alone."""
    rng = random.Random(7)
    numbers = [changed(number, rng) for number in EXAMPLES for _ in range(10)]
    numbers += [
        f"{one}{'0' * size}" for one in COUNTRY_CODE_TO_REGION_CODE for size in range(3, 12)
    ]
    outcomes = patterns.look_up(pa.array(numbers, pa.large_string()))
    countries, types = (one.to_pylist() for one in patterns.names_of_outcomes())
    found = {
        (digits, countries[outcome], types[outcome])
        for digits, outcome in zip(numbers, outcomes.tolist(), strict=True)
        if outcome >= 0
    }
    alone = {one: number_of(one) for one in numbers}
    assert found == {
        (digits, one.country, one.type) for digits, one in alone.items() if one and one.valid
    }


def surveyed(texts: list[str], region: str) -> Survey:
    inputs = encode_columns(frame(texts, region), None)
    readable = inputs.readable(slice(len(texts)))
    return survey(inputs.texts, readable, inputs.regions, inputs.region_names, OPTIONS[0])


def test_common_cells_go_in_bulk() -> None:
    """Clean numbers of every region are left to the careful way only where they must be."""
    for form, region, least in ((0, "DE", 0.95), (1, "DE", 0.95), (2, "", 0.95), (5, "DE", 0.9)):
        seen = surveyed([FORMS[form](number) for number in EXAMPLES], region)
        assert 1 - len(seen.left) / len(EXAMPLES) > least, (form, region)


@pytest.mark.parametrize("region", ["HK", "DE", "FR", "IT", "GB", "JP", "HU"])
def test_national_cells_go_in_bulk(region: str) -> None:
    """So do national ones, in rows of their country."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert number is not None
    text = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    seen = surveyed([text, "".join(filter(str.isdigit, text))], region)
    assert len(seen.bare.cells) == 2


def test_patterns_that_re2_reads_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """A code whose patterns need more than RE2 knows is left to the careful way."""
    for pattern in (r"(?!5)\d{8}", r"(\d)\1{7}", r"[^5]\d{7}", r"\d{8}$", r"5.{7}", r"\d++"):
        monkeypatch.setattr(patterns, "_pattern", lambda told, length, it=pattern: it)
        patterns._plans.cache_clear()
        assert patterns.look_up(pa.array(["85255753351"], pa.large_string()))[0] == patterns.UNSURE
    monkeypatch.undo()
    patterns._plans.cache_clear()
    assert patterns.look_up(pa.array(["85235753351"], pa.large_string()))[0] >= 0


def test_no_cells() -> None:
    """A file without cells has no lines."""
    assert normalize(frame([])).lines.empty


@pytest.mark.parametrize("seed", range(3))
def test_operators_lists(seed: int) -> None:
    """Lists with a right, wrong or missing country, mixed and sorted: both ways are the same."""
    for one in islice(lists(10**9, seed), 40):
        if len(one.texts) <= 300:
            assert_same(frame_of(one), PhoneOptions(region=one.region or None))


@pytest.mark.parametrize("region", ["US", "CN", "ID", "IT", "RU", "HU", "BR", "DE"])
def test_damaged_lists(region: str) -> None:
    """So are lists that make strangers' numbers easily."""
    for one in damaged_lists([region], (1, 3, 30)):
        cells = frame([text for text, _ in one.cells], one.country)
        assert_same(cells, PhoneOptions(region=one.region or None))
