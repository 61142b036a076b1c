"""What somebody with the right to it typed of an item's taxes in the place of the rules; given on by :mod:`.spec`."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class HandTax:
    """One tax by hand; what is empty stays as the rules say (``taxes/by_hand.py``).

    ``amount`` is the final word on vICMS, vICMSST, vIPI, vPIS or vCOFINS; base and rate stay as they are.
    """

    tax: str  # icms, icms_st, ipi, pis, cofins
    situation: str = ""  # CST or CSOSN; ICMS ST has that of the ICMS
    base_reduction: Decimal | None = None  # pRedBC, pRedBCST
    rate: Decimal | None = None  # pICMS, pICMSST, pIPI, pPIS, pCOFINS
    amount: Decimal | None = None  # BRL
