"""The charts of the Summary as XML of the workbook: a stacked bar of outcomes, bars of countries.

The library draws the series of a chart in colours of its own, each from a whole column; these have
the statuses' colours and show some cells of one. The order of the elements is the standard's
(ECMA-376, 1, 21.2.2). Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEWEST_PERCENT_NAMED = 12
_FEWEST_PERCENT_COUNTED = 5
"""Of a bar's part with its name and count, or its count, on it; smaller ones have no room."""
_TEXT = "595959"
_NAMESPACES = (
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stacked bar, or a bar: where its cells are, and what they hold."""

    name: str
    count: int
    name_cell: str
    """As in `Summary!$A$7`."""
    count_cell: str
    colour: str = ""
    """Six hexadecimal digits after a `#`."""


def stacked_bar(title: str, parts: Sequence[Part]) -> bytes:
    """Return one bar of all parts, each as long as its share, in its own colour."""
    whole = max(sum(part.count for part in parts), 1)
    series = "".join(
        f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/>'
        f"<c:tx>{_texts(part.name_cell, [part.name])}</c:tx>{_fill(part.colour)}"
        f'<c:invertIfNegative val="0"/>{_part_label(part, 100 * part.count / whole)}'
        f"<c:val>{_numbers(part.count_cell, [part.count])}</c:val></c:ser>"
        for at, part in enumerate(parts)
    )
    bars = (
        '<c:barDir val="bar"/><c:grouping val="percentStacked"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="25"/><c:overlap val="100"/>'
    )
    return _chart(title, bars, shows_names=False)


def bars(title: str, parts: Sequence[Part], colour: str) -> bytes:
    """Return a bar for each part, the first at the top, with its count at its end."""
    names = f"{parts[0].name_cell}:{parts[-1].name_cell.partition('!')[2]}"
    counts = f"{parts[0].count_cell}:{parts[-1].count_cell.partition('!')[2]}"
    series = (
        f'<c:ser><c:idx val="0"/><c:order val="0"/>{_fill(colour)}<c:invertIfNegative val="0"/>'
        f"{_label(name=False, at_end=True)}"
        f"<c:cat>{_texts(names, [part.name for part in parts])}</c:cat>"
        f"<c:val>{_numbers(counts, [part.count for part in parts])}</c:val></c:ser>"
    )
    bars = (
        '<c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="40"/>'
    )
    return _chart(title, bars, shows_names=True)


def _chart(title: str, bars: str, *, shows_names: bool) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<c:chartSpace {_NAMESPACES}><c:roundedCorners val="0"/><c:chart>{_title(title)}'
        "<c:plotArea><c:layout/>"
        f'<c:barChart>{bars}<c:axId val="50010001"/><c:axId val="50010002"/></c:barChart>'
        f"{_name_axis(is_shown=shows_names)}{_count_axis()}</c:plotArea>"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart>'
        '<c:spPr><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill><a:ln><a:noFill/></a:ln>'
        "</c:spPr></c:chartSpace>"
    ).encode()


def _title(text: str) -> str:
    if not text:
        return '<c:autoTitleDeleted val="1"/>'
    look = f'b="1" sz="1100"><a:solidFill><a:srgbClr val="{_TEXT}"/></a:solidFill>'
    return (
        "<c:title><c:tx><c:rich><a:bodyPr/><a:lstStyle/>"
        f"<a:p><a:pPr><a:defRPr {look}</a:defRPr></a:pPr>"
        f'<a:r><a:rPr lang="en-US" {look}</a:rPr><a:t>{escape(text)}</a:t></a:r></a:p>'
        '</c:rich></c:tx><c:overlay val="0"/></c:title><c:autoTitleDeleted val="0"/>'
    )


def _fill(colour: str) -> str:
    return (
        f'<c:spPr><a:solidFill><a:srgbClr val="{colour.removeprefix("#")}"/></a:solidFill>'
        '<a:ln w="6350"><a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill></a:ln></c:spPr>'
    )


def _part_label(part: Part, percent: float) -> str:
    if percent < _FEWEST_PERCENT_COUNTED:
        return ""
    return _label(name=percent >= _FEWEST_PERCENT_NAMED, at_end=False)


def _label(*, name: bool, at_end: bool) -> str:
    place = "outEnd" if at_end else "ctr"
    return (
        '<c:dLbls><c:numFmt formatCode="#,##0" sourceLinked="0"/>'
        "<c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
        # LibreOffice would break counts of a million within their digits.
        '<c:txPr><a:bodyPr wrap="none"/><a:lstStyle/><a:p><a:pPr><a:defRPr/></a:pPr>'
        '<a:endParaRPr lang="en-US"/></a:p></c:txPr>'
        f'<c:dLblPos val="{place}"/><c:showLegendKey val="0"/><c:showVal val="1"/>'
        f'<c:showCatName val="0"/><c:showSerName val="{int(name)}"/><c:showPercent val="0"/>'
        '<c:showBubbleSize val="0"/><c:separator>\n</c:separator></c:dLbls>'
    )


def _name_axis(*, is_shown: bool) -> str:
    return (
        '<c:catAx><c:axId val="50010001"/><c:scaling><c:orientation val="maxMin"/></c:scaling>'
        f'<c:delete val="{int(not is_shown)}"/><c:axPos val="l"/>'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        "<c:spPr><a:ln><a:noFill/></a:ln></c:spPr>"
        '<c:crossAx val="50010002"/><c:crosses val="autoZero"/><c:auto val="1"/>'
        '<c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="0"/></c:catAx>'
    )


def _count_axis() -> str:
    """Return the axis of counts, which the labels make needless."""
    return (
        '<c:valAx><c:axId val="50010002"/><c:scaling><c:orientation val="minMax"/>'
        '<c:min val="0"/></c:scaling><c:delete val="1"/><c:axPos val="b"/>'
        '<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        '<c:crossAx val="50010001"/><c:crosses val="autoZero"/><c:crossBetween val="between"/>'
        "</c:valAx>"
    )


def _texts(cells: str, texts: Sequence[str]) -> str:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{escape(text)}</c:v></c:pt>' for at, text in enumerate(texts)
    )
    return (
        f"<c:strRef><c:f>{cells}</c:f><c:strCache>"
        f'<c:ptCount val="{len(texts)}"/>{points}</c:strCache></c:strRef>'
    )


def _numbers(cells: str, numbers: Sequence[int]) -> str:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{number}</c:v></c:pt>' for at, number in enumerate(numbers)
    )
    return (
        f"<c:numRef><c:f>{cells}</c:f><c:numCache><c:formatCode>General</c:formatCode>"
        f'<c:ptCount val="{len(numbers)}"/>{points}</c:numCache></c:numRef>'
    )
