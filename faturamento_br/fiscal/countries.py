"""The countries as the NF-e knows them (cPais): codes of the Central Bank of Brazil, by ISO 3166.

The portal's own table of countries has them without leading zeros. Kosovo and a few uninhabited territories have none.
"""

from functools import cache

from .tables import rows


def code_of(iso: str | None) -> str:
    """cPais of the country with that ISO 3166-1 alpha-2 code; ``""`` when the table has none."""
    return _codes().get((iso or "").upper(), "")


@cache
def _codes() -> dict[str, str]:
    return {row["iso"]: row["cPais"] for row in rows("countries")}
