"""Why a row gave no number: the closed list of reasons, each with its advice."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a row gave no number: the closed list. The value is what the operator reads."""

    NOT_A_NUMBER = "not a phone number"
    SEVERAL = "more than one number"
    EXTENSION = "has an extension"
    LETTERS = "has letters"
    SCIENTIFIC = "scientific notation"
    IMPRECISE = "more than 15 digits"
    FRACTION = "decimal point"
    DATE = "a date"
    BOOLEAN = "true or false"
    ERROR = "spreadsheet error"
    UNSAVED = "formula without a saved value"
    FORMAT = "number format not understood"
    STRUCK = "struck through"
    TOTAL = "a total, no phone number"
    NO_COUNTRY = "country missing"
    UNKNOWN_COUNTRY = "country not understood"
    UNKNOWN_CODE = "unknown country code"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    WRONG_LENGTH = "wrong length"
    NOT_VALID = "possible but not valid"
    ZERO_LOST = "leading zero lost"
    AMBIGUOUS = "ambiguous"

    @property
    def advice(self) -> str:
        """What the operator does about it, in one sentence."""
        return _ADVICE[self]


_ADVICE = {
    Reason.NOT_A_NUMBER: "Type the phone number with its country code, such as +852 3575 3351.",
    Reason.SEVERAL: "Put each number into a row of its own.",
    Reason.EXTENSION: "Remove the extension; only a full phone number can be called.",
    Reason.LETTERS: "Write the phone number in digits only, and other words into another column.",
    Reason.SCIENTIFIC: "Digits were lost: format the column as text and type the number again.",
    Reason.IMPRECISE: "Excel keeps only 15 digits: format the column as text and type it again.",
    Reason.FRACTION: "Remove the decimal point, and check the number against its source.",
    Reason.DATE: "The cell became a date: format the column as text and type the number again.",
    Reason.BOOLEAN: "Type the phone number with its country code.",
    Reason.ERROR: "The formula of this cell failed: type the phone number instead.",
    Reason.UNSAVED: "Open the file in Excel and save it, so that the formula's value is in it.",
    Reason.FORMAT: "Format the column as text and type the number as it should be read.",
    Reason.STRUCK: "If the number counts after all, type it again without the line through it.",
    Reason.TOTAL: "Nothing to do: this is a sum or a count, not a phone number.",
    Reason.NO_COUNTRY: "Add the country code, or type the country, such as HK, into Country.",
    Reason.UNKNOWN_COUNTRY: "Write the country as two letters, as in HK, or as a code, as in 852.",
    Reason.UNKNOWN_CODE: "No country has this code: check the first digits.",
    Reason.TOO_SHORT: "Digits are missing: check the number against its source.",
    Reason.TOO_LONG: "There are too many digits: check the number against its source.",
    Reason.WRONG_LENGTH: "No number of this country has this many digits: check it at its source.",
    Reason.NOT_VALID: "The length fits but no such number is in use: check it at its source.",
    Reason.ZERO_LOST: "The first 0 seems to be lost: format the column as text and type it again.",
    Reason.AMBIGUOUS: "Two numbers are possible: write it with + and the country code.",
}
