"""What the parts of the bulk way promise: bytes, plans, rejects, and work shared out."""

import random
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import product

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumberDesc
from phonenumbers.phonenumberutil import national_significant_number

from importer.columns import threads
from importer.columns.buffers import digits_alone
from importer.columns.threads import map_in_threads
from importer.model import Reason
from importer.phones import PhoneOptions, normalize
from importer.phones.bulk import patterns, readings
from importer.phones.bulk.parts import parts_of, size_of_parts
from importer.phones.bulk.survey import REASONS, survey
from importer.phones.cell.numbering import calling_code, fault_of, number_of
from importer.phones.inputs import encode_columns
from tests.phones.bulk.test_agreement import OPTIONS, assert_same, frame, mixture
from tests.phones.test_properties import modest

CODES = sorted(map(str, COUNTRY_CODE_TO_REGION_CODE))


@given(st.lists(st.text("0123456789+- ٣５é", max_size=9)), st.integers(0, 5))
def test_digits_alone(texts: list[str], skipped: int) -> None:
    """Only 0 to 9 stay, also of a part of an array and of texts in other scripts."""
    found = digits_alone(pa.array(texts, pa.large_string()).slice(min(skipped, len(texts))))
    found.validate(full=True)
    assert found.to_pylist() == [
        "".join(sign for sign in text if sign in "0123456789") for text in texts[skipped:]
    ]


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
@pytest.mark.parametrize("size", [7, 500, 1_200])
def test_size_of_parts(options: PhoneOptions, size: int) -> None:
    """Cells that are alike mean the same wherever a part ends, and their lines stay in order."""
    cells = mixture(5, 1_200)
    whole, apart = normalize(cells, options), normalize(cells, options, part_size=size)
    assert apart.lines.equals(whole.lines)
    assert apart.lines.dtypes.to_dict() == whole.lines.dtypes.to_dict()
    assert apart.assumptions == whole.assumptions


def test_evidence_of_all_parts() -> None:
    """A column's convention shows in all of its parts together, be they too small to show it."""
    rng = random.Random(2)
    texts = [f"91{rng.choice('6789')}{rng.randrange(10**8):08}" for _ in range(300)]
    cells = frame([*texts, *texts[:40]], "IN")
    whole, apart = normalize(cells), normalize(cells, part_size=7)
    assert whole.assumptions == apart.assumptions
    assert apart.lines.equals(whole.lines)


def test_parts() -> None:
    """Each cell is in one part, and the last part is what is left."""
    assert parts_of(7, 3) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert parts_of(0, 3) == []


@pytest.mark.parametrize(
    ("count", "processors", "sizes"),
    [
        (0, 2, []),
        (1, 2, [1]),
        (119_999, 2, [119_999]),
        (120_000, 2, [60_000, 60_000]),
        (200_000, 2, [100_000, 100_000]),
        (200_001, 4, [66_667, 66_667, 66_667]),
        (1_000_000, 1, [200_000] * 5),
        (1_000_000, 2, [166_667] * 5 + [166_665]),
        (1_000_000, 4, [125_000] * 8),
        (1_048_577, 64, [131_073] * 7 + [131_066]),
    ],
)
def test_parts_keep_all_processors_at_work(
    monkeypatch: pytest.MonkeyPatch, count: int, processors: int, sizes: list[int]
) -> None:
    """Parts are as large as each other, a part for each thread from where that is worth it."""
    monkeypatch.setattr(threads, "_processors", lambda: processors)
    parts = parts_of(count, size_of_parts(count))
    assert [part.stop - part.start for part in parts] == sizes


def test_shared_work_stays_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a later part gives comes later, though it is done first."""
    monkeypatch.setattr(threads, "_processors", lambda: 2)
    second_is_done = threading.Event()

    def work(part: int) -> int:
        if part == 1:
            assert second_is_done.wait(10), "both parts are worked on at once"
        else:
            second_is_done.set()
        return part

    assert list(map_in_threads(work, [1, 2])) == [1, 2]


def test_shared_work_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in a thread is the caller's."""
    monkeypatch.setattr(threads, "_processors", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        list(map_in_threads(lambda part: 1 // part, [1, 0]))


def test_progress_of_parts() -> None:
    """Each cell is inputs of once, whichever way and in whichever part it is decided."""
    inputs: list[int] = []
    normalize(mixture(6, 400), progress=inputs.append, part_size=50)
    assert sum(inputs) == 400
    assert len(inputs) > 8


@settings(modest, max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CODES, "", "0", "00", "210", "999"]),
            st.text("0123456789", max_size=16),
            st.sampled_from(["+", "+", "+", "00", "(+"]),
        ),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from([*OPTIONS, PhoneOptions(strict="possible")]),
)
def test_near_misses(numbers: list[tuple[str, str, str]], options: PhoneOptions) -> None:
    """Digits after a plus, with any code and of any length: the same rejects, reason by reason."""
    texts = [f"{plus}{code}{rest}" for code, rest, plus in numbers]
    texts += [f"{plus}{code} {rest[:3]}-{rest[3:]}" for code, rest, plus in numbers]
    assert_same(frame(texts), options)


def test_every_code_at_every_length() -> None:
    """What is short, long or of no plan is called so, as the careful way does, for each code."""
    rng = random.Random(8)
    texts = [
        f"+{one}{''.join(rng.choices('0123456789', k=length))}"
        for one in [*CODES, "0", "210", "999"]
        for length in range(1, 16)
    ]
    for options in (OPTIONS[0], PhoneOptions(strict="possible")):
        assert_same(frame(texts), options)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("+852 357", Reason.TOO_SHORT),
        ("+8612345", Reason.TOO_SHORT),
        ("+852357533511223", Reason.TOO_LONG),
        ("+8523575335112", Reason.WRONG_LENGTH),
        ("+85212345678", Reason.NOT_VALID),
        ("+2101234567", Reason.UNKNOWN_CODE),
        ("+52271523717", Reason.TOO_SHORT),
    ],
)
def test_plain_rejects_go_in_bulk(text: str, reason: Reason) -> None:
    """Near misses after a plus are many in a bad list, and none is left to the careful way."""
    inputs = encode_columns(frame([text]), None)
    seen = survey(
        inputs.texts, inputs.readable(slice(1)), inputs.regions, inputs.region_names, PhoneOptions()
    )
    assert [REASONS[one] for one in seen.refused.reasons] == [reason]
    assert not len(seen.left)


@pytest.mark.parametrize(
    "text", ["+5215512345678", "+54111523456789", "+4402079460958", "+390", "+0085235753351"]
)
def test_what_may_be_repaired_is_left(text: str) -> None:
    """A number that the careful way may put right is no reject."""
    inputs = encode_columns(frame([text]), None)
    readable = inputs.readable(slice(1))
    seen = survey(inputs.texts, readable, inputs.regions, inputs.region_names, PhoneOptions())
    assert seen.left.tolist() == [0]


@pytest.mark.parametrize("code", CODES)
def test_fault_is_told_by_the_length(code: str) -> None:
    """Phonenumbers finds the same fault with all numbers of one code and length."""
    rng = random.Random(code)
    for length in range(1, 16 - len(code)):
        for first in "0159":
            rest = first + "".join(rng.choices("0123456789", k=length - 1))
            number = number_of(code + rest)
            if number and not number.valid:
                assert number.fault is fault_of(int(code), length)
                built = phonenumbers.PhoneNumber(
                    int(code),
                    int(rest),
                    italian_leading_zero=rest.startswith("0") or None,
                    number_of_leading_zeros=len(rest) - len(rest.lstrip("0")) or None,
                )
                assert national_significant_number(built) == rest
                possible = phonenumbers.is_possible_number(built)
                local = number.fault is Reason.TOO_SHORT
                assert possible == (number.fault is Reason.NOT_VALID) or local


def test_too_long_by_the_standard() -> None:
    """More than 15 digits are too many, also where a plan has such numbers, as Germany's."""
    number = number_of("4912345678901234")
    assert number is not None
    assert not number.valid
    assert number.fault is Reason.TOO_LONG


def test_no_reject_without_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no pattern of RE2 can tell is left to the careful way, and never rejected."""
    monkeypatch.setattr(patterns, "_pattern", lambda inputs, length: r"(?!5)\d{8}")
    patterns._plans.cache_clear()
    inputs = encode_columns(frame(["+85255753351"]), None)
    readable = inputs.readable(slice(1))
    seen = survey(inputs.texts, readable, inputs.regions, inputs.region_names, PhoneOptions())
    patterns._plans.cache_clear()
    assert seen.left.tolist() == [0]


def test_prefix_that_re2_reads_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a region's way of dialling abroad is not understood, its bare digits are left."""
    monkeypatch.setattr(readings, "dialled_abroad", lambda region: None)
    inputs = encode_columns(frame(["0085235753351", "3055512345", "+85235753351"], "US"), None)
    readable = inputs.readable(slice(3))
    seen = survey(inputs.texts, readable, inputs.regions, inputs.region_names, PhoneOptions())
    assert seen.left.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("first", "other", "region"),
    [
        ("381112345678", "381152345678", "AR"),
        ("0153350900123", "0153550900123", "IL"),
    ],
    ids=["Serbian, or Argentine with 15", "Israeli, or Albanian with a zero to remove"],
)
def test_repaired_readings_in_bulk(first: str, other: str, region: str) -> None:
    """What has one more reading by a repair is not taken for the like of a cell that has none."""
    numbers = [str(normalize(frame([one], region)).lines["number"][0]) for one in (first, other)]
    assert numbers[0][:3] != numbers[1][:3]
    assert_same(frame([first, other], region))


@pytest.mark.parametrize(
    ("text", "region", "code", "length"),
    [
        ("+85235753351", "", 852, 11),
        ("0085235753351", "", 852, 11),
        ("85235753351", "", 852, 11),
        ("15112345678", "DE", 1, 11),
        ("85235753351", "DE", 49, 13),
        ("3281234567", "IT", 39, 13),
    ],
    ids=[
        "after a plus",
        "after 00",
        "as it is",
        "as it is abroad",
        "at home",
        "with a zero in front",
    ],
)
def test_each_way_that_re2_can_not_tell_is_left(
    monkeypatch: pytest.MonkeyPatch, text: str, region: str, code: int, length: int
) -> None:
    """One way of reading that only the careful way knows is enough."""
    inputs = encode_columns(frame([text], region), None)
    readable = inputs.readable(slice(1))
    found = partial(
        survey, inputs.texts, readable, inputs.regions, inputs.region_names, PhoneOptions()
    )
    assert not len(found().left)
    plans = patterns._plans
    monkeypatch.setattr(
        patterns, "_plans", lambda *asked: None if asked == (code, length) else plans(*asked)
    )
    assert found().left.tolist() == [0]


@pytest.mark.parametrize("count", [2, 20])
def test_places(count: int) -> None:
    """Each sheet, column and region is a place of its own, named by its column and region."""
    some = [str(at) for at in range(count)]
    every = list(product(some, some, ["DE", "", "HK"])) * 2
    sheets, columns, regions = zip(*every, strict=True)
    cells = frame(["1"] * len(every), regions).assign(sheet=sheets, column=columns)
    inputs = encode_columns(cells, None)
    assert inputs.places.tolist() == list(range(len(every) // 2)) * 2
    named = [(one.name, one.region) for one in inputs.place_names]
    assert named == [(column, region) for _, column, region in every[: len(every) // 2]]
    assert len({one.column for one in inputs.place_names}) == count**2


def test_digits_with_and_without_a_zero() -> None:
    """Zeros in front make other digits, in a column's evidence as well."""
    rng = random.Random(9)
    texts = [f"0{rng.choice('267')}{rng.randrange(10**8):08}" for _ in range(60)]
    assert_same(frame([*texts, *(one[1:] for one in texts)], "IT"))
    assert_same(frame([*texts[:30], *(one[1:] for one in texts)], "FR"))


def test_padded_text() -> None:
    """A number in a text longer than a phone number's is prose to both ways."""
    number = "+85235753351"
    assert_same(frame([f"{' ' * count}{number}" for count in (380, 388, 389, 400)]))


def described(pattern: str, lengths: Sequence[int] = (8,)) -> PhoneNumberDesc:
    return PhoneNumberDesc(national_number_pattern=pattern, possible_length=tuple(lengths))


@pytest.fixture
def made_plan(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Hong Kong whose types share numbers, and whose patterns are longer than its numbers.

    Voicemail has two lengths but not the one between, company-wide numbers any that the plan has.
    """
    plan = PhoneMetadata(
        id="HK",
        country_code=852,
        general_desc=described(r"\d{6,10}", (7, 8, 9)),
        fixed_line=described(r"[2-9]\d{6,8}"),
        mobile=described(r"[2-8]\d{6,9}", (8, 9)),
        premium_rate=described(r"9\d{7}"),
        toll_free=described(r"[89]\d{7}"),
        shared_cost=described(r"[7-9]\d{7}"),
        voip=described(r"[6-9]\d{7}"),
        personal_number=described(r"[5-9]\d{7}"),
        pager=described(r"[4-9]\d{7}"),
        uan=described(r"[3-9]\d{5,9}", ()),
        voicemail=described(r"(?:[3-9]|21)\d{5,7}", (7, 9)),
        register=False,
    )
    assert PhoneMetadata.metadata_for_region("HK")
    monkeypatch.setitem(PhoneMetadata._region_metadata, "HK", plan)
    for cached in (patterns._plans, number_of):
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in (patterns._plans, number_of):
        cached.cache_clear()


@pytest.mark.usefixtures("made_plan")
def test_plan_of_another_release() -> None:
    """Where types overlap the first counts, and no number is longer or shorter than its type is.

    No plan of today has such types or lengths; the next release of phonenumbers may.
    """
    rng = random.Random(4)
    numbers = [
        f"852{first}{''.join(rng.choices('0123456789', k=length - 1))}"
        for first in ("1", "20", "21", "22", *"3456789")
        for length in range(5, 12)
        for _ in range(5)
    ]
    countries, types = (one.to_pylist() for one in patterns.names_of_outcomes())
    outcomes = patterns.look_up(pa.array(numbers, pa.large_string())).tolist()
    found = {
        number: (countries[one], types[one])
        for number, one in zip(numbers, outcomes, strict=True)
        if one >= 0
    }
    alone = {number: number_of(number) for number in numbers}
    assert len({kind for _, kind in found.values()}) == 10
    assert found == {
        number: (one.country, one.type) for number, one in alone.items() if one and one.valid
    }


def test_codes_of_numbers() -> None:
    """The calling code of any digits is found as it is alone."""
    numbers = [f"{first:03}5551234" for first in range(1_000)]
    found = patterns.codes_of(pa.array(numbers, pa.large_string())).tolist()
    assert found == [int(calling_code(number) or 0) for number in numbers]
