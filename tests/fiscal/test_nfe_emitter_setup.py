"""A green set-up is one that no document fails at: the same checks, by the same paths."""

from dataclasses import replace

import pytest
from fiscal.documents import nfe
from fiscal.documents.nfe.emitter_setup import setup_problems
from nfe_samples import invoice as plain


def found(emitter, invoice, **values):
    values = {"technician": invoice.technician, "readers": invoice.authorized_readers, **values}
    return setup_problems(emitter, moment=invoice.issued_at, **values)


def test_a_sound_emitter_lacks_nothing() -> None:
    invoice = plain()
    assert found(invoice.emitter, invoice) == []


@pytest.mark.parametrize(
    "change", [{"tax_id": ""}, {"tax_id": "11222333000182"}, {"ie": "110042490115"}, {"crt": ""}, {"name": ""}]
)
def test_what_a_document_would_fail_at_is_told(change: dict[str, str]) -> None:
    invoice = plain()
    emitter = replace(invoice.emitter, **change)
    told = {problem.path for problem in found(emitter, invoice)}
    document = {problem.path for problem in nfe.problems(replace(invoice, emitter=emitter), invoice.issued_at)}
    assert told
    assert told == {path for path in document if path.startswith("emitter")}


def test_a_state_that_demands_more() -> None:
    invoice = plain()
    emitter = replace(invoice.emitter, address=replace(invoice.emitter.address, uf="SC"))
    assert "technician" in {problem.path for problem in found(emitter, invoice, technician=None)}
