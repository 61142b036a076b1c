"""The legal time of each UF (Lei 2.784/1913 as changed by Lei 11.662/2008 and Lei 12.876/2013): dhEmi is told in it."""

from functools import cache

from .tables import rows

# Brasília's, of a company whose UF is not known yet.
DEFAULT = "America/Sao_Paulo"


def of(uf: str | None) -> str:
    """The IANA time zone of ``uf``'s capital.

    Amazonas' far west and Fernando de Noronha keep another time; a company there chooses its own in Odoo.
    """
    return _zones().get(uf or "", DEFAULT)


@cache
def _zones() -> dict[str, str]:
    return {row["uf"]: row["timezone"] for row in rows("timezones")}
