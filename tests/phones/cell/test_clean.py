"""What cleaning promises: the dress goes, the digits and their order stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.phones.cell.clean import clean, disguise

DRESSED = [
    ("+852 3575 3351", "+852 3575 3351", "nothing to do"),
    ("\uff0b\uff18\uff15\uff12\u3000\uff13\uff15\uff17\uff15", "+852 3575", "full width"),
    ("+\u0668\u0665\u0662", "+852", "Arabic digits"),
    ("+\u06f8\u06f5\u06f2", "+852", "Persian digits"),
    ("+\u096e\u096b\u0968", "+852", "Devanagari digits"),
    ("+\U0001d7d6\U0001d7d3\U0001d7d0", "+852", "mathematical digits"),
    ("852\u00ad3575\u200b3351\ufeff", "85235753351", "soft hyphen, zero-width space, mark"),
    ("\u202a+852 3575 3351\u202c", "+852 3575 3351", "pasted out of a chat, with direction marks"),
    ("852\u00a03575\u202f3351", "852 3575 3351", "no-break spaces"),
    ("852\u20113575\u22123351", "852-3575-3351", "a no-break hyphen and a minus sign"),
    ("852\u00b73575\u00b73351", "852.3575.3351", "middle dots"),
    ('="85235753351"', "85235753351", "a formula that keeps text"),
    ("=+85235753351", "+85235753351", "a formula that a plus began"),
    ("'85235753351", "85235753351", "the apostrophe of Excel"),
    ("\u201c85235753351\u201d", "85235753351", "curly quotes"),
    ("tel:+852-3575-3351", "+852-3575-3351", "a link"),
    ("Tel.: +852", "+852", "a label"),
    ("\u7535\u8bdd\uff1a+852", "+852", "a Chinese label"),
    ("\u260e +852", "+852", "a symbol for a label"),
    ("+852 (mobile)", "+852", "a label behind"),
    ('\'Tel: "+852",', "+852", "one over another"),
    ("+852\r\n", "+852", "a line break after it"),
    ("1\r\n2", "1\n2", "a line break inside stays: it may part two numbers"),
    ("1\t2", "1  2", "so does a tab"),
    ("", "", "nothing"),
    ("Fax: 1", "Fax: 1", "a fax machine can't be called: the label stays"),
]


@pytest.mark.parametrize(("text", "cleaned", "why"), DRESSED)
def test_dress_goes(text: str, cleaned: str, why: str) -> None:
    """Whatever a number wears, what is left is its digits and plain separators."""
    assert clean(text) == cleaned, why


DISGUISED = [
    ("+852 3575 3351\u00b2", "a footnote would become a digit"),
    ("\u2460 +852 3575 3351", "a bullet would become a digit"),
    ("\u2488 +852 3575 3351", "so would a number with its point"),
    ("+852 3575 335\u00bd", "a half would become two"),
    ("+852 3575 335\u2160", "a Roman one is no digit"),
    ("+852 3575 335\u3007", "nor is a Chinese zero among them"),
    ("\u202e+852 3575 3351", "it shows back to front"),
    ("+852 \u0663\u0665\u0667\u0665 3351", "digits of two scripts: pasted together"),
    ("+\u06f8\u06f5\u06f2\u0663\u0665", "Persian and Arabic digits"),
]


@pytest.mark.parametrize(("text", "why"), DISGUISED)
def test_disguise_is_seen(text: str, why: str) -> None:
    """What NFKC would fold into a digit that nobody typed is named before anything is folded."""
    assert disguise(text), why


@pytest.mark.parametrize(
    "text", ["+852 3575", "\uff18\uff15\uff12 3575", "\u0668\u0665\u0662", "caf\u00e9", "\u200b852"]
)
def test_no_disguise(text: str) -> None:
    """Digits of one script, in full width or plain, are what they look like."""
    assert disguise(text) == ""


@given(
    st.text(
        st.sampled_from("0123456789\uff10\uff19\u0660\u0669 -\u2013\u200b\u202a+'\"=.,"),
        max_size=40,
    )
)
def test_digits_and_their_order_stay(text: str) -> None:
    """Cleaning takes no digit, adds none and moves none."""
    typed = [str(int(sign)) for sign in text if sign.isdigit()]
    assert [sign for sign in clean(text) if sign.isdigit()] == typed


@given(st.text(max_size=60))
def test_clean_is_done_once(text: str) -> None:
    """What is clean stays as it is."""
    assert clean(clean(text)) == clean(text)
