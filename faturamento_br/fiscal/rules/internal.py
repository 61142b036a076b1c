"""The ICMS rate inside the emitter's UF: a rule of its own, which goods have in whatever situation they are sold.

A rule of ICMS says the situation (CST) of an operation; which rate the goods have in the state is said once for their
NCM, or for all. Without that the modal rate is not taken: ``taxes/icms_rates.py`` refuses, and somebody is asked.
"""

from dataclasses import replace

from ..spec import IcmsRule
from ..taxes.base import situations
from ..taxes.icms_checks import code_of, groups
from .rule import Rule

#: Treatments of ICMS whose rate the goods give; "other" (CST 90, CSOSN 900) says its own.
RATED = frozenset({"taxed", "reduced", "deferred"})


def with_internal_rate(icms: Rule, internal: Rule | None) -> IcmsRule:
    """What ``icms`` says, with the rate of ``internal``: the more specific of two rates, the situation's own first.

    :param internal: the :class:`~.rule.InternalRateRule` that holds, ``None`` where none does or need.
    """
    rule = icms.what
    if internal is None or not _is_rated(rule):
        return replace(rule, modal=False)
    if rule.rate is not None and icms.when.weight >= internal.when.weight:
        return replace(rule, modal=False)
    said, values = internal.what, {}
    group = groups().get(code_of(rule))
    if group and "fcp" in group.parts and rule.fcp_rate is None:
        values["fcp_rate"] = said.fcp_rate
    return replace(rule, rate=said.rate, modal=said.modal, **values)


def _is_rated(rule: IcmsRule) -> bool:
    """Whether something is computed at the rate: the own tax, the one forgone, or what a substitute deducts."""
    situation = situations("icms_csosn" if rule.csosn else "icms_cst").get(code_of(rule))
    if situation is None or (rule.rate is not None and not rule.rate):
        return False
    group = groups().get(code_of(rule))
    return situation.treatment in RATED or bool(rule.relief_reason) or (bool(rule.csosn) and "st" in group.parts)
