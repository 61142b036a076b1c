"""What the payer withholds of a document, asked for and computed; given on by :mod:`.spec`. Names as in spec_taxes."""

from dataclasses import dataclass
from decimal import Decimal

from .spec_icms import ZERO


@dataclass(frozen=True)
class Withholding:
    """A reason to withhold: who pays, and for what (``tables/withholdings.csv``)."""

    payer: str  # private; federal; state (states, the Federal District and cities)
    nature: str  # professional, cleaning, labour, iss...; 6147, 9060... of IN RFB 1.234/2012 by public payers
    base: Decimal | None = None  # None: vNF; of services, their value without what the law takes off (materials)
    rate: Decimal | None = None  # where the table has none (ISS); None: the table's
    annex_four: bool = False  # services of Annex IV of Simples, whose INSS is withheld (LC 123/2006 art. 18 §5-C)


@dataclass(frozen=True)
class Withheld:
    """One tax withheld: off the receivable, never off vNF."""

    tax: str  # irrf, pis, cofins, csll, inss, iss
    base: Decimal
    rate: Decimal
    amount: Decimal
    ground: str  # the legal source
    waived_amount: Decimal = ZERO  # what is not withheld because it is below the floor
