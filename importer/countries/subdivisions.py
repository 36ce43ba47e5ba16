"""Codes of states and provinces that read like codes of countries. Pure.

`CO`, `IN` and `DE` are Colombia, India and Germany as well as Colorado, Indiana and Delaware. A
column of such codes says a country only if its header does. The codes are those of ISO 3166-2.
"""

from __future__ import annotations

_CODES = {
    "US": "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH"
    " NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS GU MP PR VI",
    "CA": "AB BC MB NB NL NS NT NU ON PE QC SK YT",
    "BR": "AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO",
    "IN": "AN AP AR AS BR CG CH CT DD DH DL DN GA GJ HP HR JH JK KA KL LA LD MH ML MN MP MZ NL OD"
    " OR PB PY RJ SK TG TN TR TS UK UP UT UA WB",
    "IT": "AG AL AN AO AP AQ AR AT AV BA BG BI BL BN BO BR BS BT BZ CA CB CE CH CL CN CO CR CS CT"
    " CZ EN FC FE FG FI FM FR GE GO GR IM IS KR LC LE LI LO LT LU MB MC ME MI MN MO MS MT NA NO NU"
    " OR PA PC PD PE PG PI PN PO PR PT PU PV PZ RA RC RE RG RI RM RN RO SA SI SO SP SR SS SU SV TA"
    " TE TN TO TP TR TS TV UD VA VB VC VE VI VR VT VV",
    "DE": "BW BY BE BB HB HH HE MV NI NW RP SL SN ST SH TH",
    "CH": "AG AI AR BE BL BS FR GE GL GR JU LU NE NW OW SG SH SO SZ TG TI UR VD VS ZG ZH",
    "AU": "NSW QLD SA TAS VIC WA ACT NT",
    "MX": "AG BC BS CM CS CH CO CL DF DG GT GR HG JA EM MI MO NA NL OA PU QT QR SL SI SO TB TM TL"
    " VE YU ZA CX",
    "ES": "AN AR AS CB CE CL CM CN CT EX GA IB MC MD ML NC PV RI VC",
    "NL": "DR FL FR GE GR LI NB NH OV UT ZE ZH",
    "MY": "JHR KDH KTN MLK NSN PHG PRK PLS PNG SBH SWK SGR TRG KUL LBN PJY",
}
_NAMES = {"US": ("GEORGIA",), "MX": ("MEXICO",), "BE": ("LUXEMBOURG",), "NG": ("NIGER",)}
_LISTS = {
    region: frozenset([*_CODES.get(region, "").split(), *_NAMES.get(region, ())])
    for region in {*_CODES, *_NAMES}
}


def states_that_have(codes: frozenset[str]) -> frozenset[str]:
    """Return the countries whose states or provinces have all of these codes or names."""
    wanted = {code.strip().upper() for code in codes}
    return frozenset(region for region, known in _LISTS.items() if wanted <= known)
