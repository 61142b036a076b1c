"""Group comb of an item: what a fuel is, where it is consumed, and where its biofuel comes from."""

from ...spec import Fuel
from ...text import Fitter
from ...xml import amount, group, leaf, optional, percentage, quantity
from . import fields
from .ide import uf_code


def comb(fuel: Fuel | None, fit: Fitter, path: str) -> str:
    """The group comb, or nothing; CIDE and encerrante are not written."""
    if fuel is None:
        return ""
    rates = (("pGLP", fuel.petroleum_rate), ("pGNn", fuel.national_gas_rate), ("pGNi", fuel.imported_gas_rate))
    return group(
        "comb",
        leaf("cProdANP", fuel.anp_code),
        leaf("descANP", fit(fields.FUEL, fuel.anp_description, f"{path}.anp_description")),
        *(percentage(tag, rate) for tag, rate in rates if rate is not None),
        "" if fuel.start_value is None else amount("vPart", fuel.start_value),
        optional("CODIF", fuel.codif),
        "" if fuel.ambient_quantity is None else quantity("qTemp", fuel.ambient_quantity),
        leaf("UFCons", fuel.uf),
        "" if fuel.bio_rate is None else percentage("pBio", fuel.bio_rate),
        *(
            group(
                "origComb",
                leaf("indImport", "1" if origin.imported else "0"),
                leaf("cUFOrig", uf_code(origin.uf)),
                percentage("pOrig", origin.share_rate),
            )
            for origin in fuel.origins
        ),
    )
