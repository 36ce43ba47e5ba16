"""From a cell's text to a number that is certain, or a reason why not. Pure."""

from importer.phones.normalize import normalize
from importer.phones.options import Decided, PhoneOptions

__all__ = ["Decided", "PhoneOptions", "normalize"]
