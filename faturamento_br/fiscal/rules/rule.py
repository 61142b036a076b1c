"""What a rule says: of one subject (a tax, or the CFOP), when, and with which legal source."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..spec import TAX_NAMES, TaxRules
from .criteria import Criteria

#: The subject of :class:`InternalRateRule`.
INTERNAL = "internal_rate"


@dataclass(frozen=True)
class CfopRule:
    """The CFOP of an item."""

    code: str  # CFOP, 4 digits


@dataclass(frozen=True)
class InternalRateRule:
    """The ICMS rate that goods have inside the emitter's UF, whatever their situation: theirs, or the modal one."""

    rate: Decimal | None = None  # pICMS, without FCP; None: the modal one, if so said
    modal: bool = False  # the goods have no rate of their own there: somebody said so
    fcp_rate: Decimal | None = None  # pFCP; None: the general one of the UF


@dataclass(frozen=True)
class Rule:
    """One row: of ``subject``, when it applies, and what the law says then.

    :param subject: a key of :data:`SUBJECTS`.
    :param what: an instance of the class of its subject (``IcmsRule`` for ``icms``).
    :param source: law, Convênio, protocolo... that says so; shown to who asks why.
    :param text: what the document must say when the rule is used (infCpl), ``""`` nothing.
    :param ref: the caller's own name for it.
    """

    subject: str
    when: Criteria
    what: Any
    source: str = ""
    text: str = ""
    ref: str = ""


def value_type(hint: Any) -> type:
    """The type of an optional value: ``Decimal`` of ``Decimal | None``."""
    if get_origin(hint) in (UnionType, Union):
        return next(kind for kind in get_args(hint) if kind is not type(None))
    return hint


def _subjects() -> Mapping[str, type]:
    taxes = {name: value_type(hint) for name, hint in get_type_hints(TaxRules).items()}
    return MappingProxyType({"cfop": CfopRule, INTERNAL: InternalRateRule, **{name: taxes[name] for name in TAX_NAMES}})


#: What a rule may be about, and the class that says it. A new tax of :class:`~..spec.TaxRules` is one more.
SUBJECTS = _subjects()
