"""The NF-e 4.00, model 55, of a sale of goods (layout PL_010f v1.04)."""

from ... import access_key
from ...spec import TaxedInvoice
from ...text import Fitter
from ...xml import parse
from .. import Built
from . import commercial, parties
from .check_reform import in_free_zone
from .det import det
from .ide import ide, uf_code
from .totals import total

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"


def build(taxed: TaxedInvoice) -> Built:
    """The NFe element of an invoice that has no :func:`~.problems`; texts are made to fit and told in ``cut``.

    No amount is computed here but vUnTrib: they are the tax engine's.

    :raises FiscalError: the access key cannot be composed.
    """
    invoice = taxed.invoice
    fit = Fitter()
    key = access_key.build(
        uf_code(invoice.emitter.address.uf),
        invoice.issued_at,
        invoice.emitter.tax_id,
        invoice.model,
        invoice.series,
        invoice.number,
        invoice.emission_type,
        invoice.numeric_code,
    )
    content = (
        ide(invoice, key, fit),
        parties.emit(invoice.emitter, fit, invoice.emitter.suframa if in_free_zone(invoice) else ""),
        parties.dest(invoice, fit),
        parties.place("retirada", invoice.pickup, fit, "pickup") if invoice.pickup else "",
        parties.place("entrega", invoice.delivery, fit, "delivery") if invoice.delivery else "",
        parties.autXML(invoice.authorized_readers),
        *(det(number, line, fit) for number, line in enumerate(taxed.items, 1)),
        total(taxed.totals, taxed.withheld),
        commercial.transp(invoice.transport, fit),
        commercial.cobr(invoice.bill, fit) if invoice.bill else "",
        commercial.pag(invoice, fit),
        commercial.infIntermed(invoice.intermediary, fit) if invoice.intermediary else "",
        commercial.infAdic(invoice, taxed.texts, fit),
        commercial.exporta(invoice.export, fit) if invoice.export else "",
        commercial.compra(invoice.purchase, fit) if invoice.purchase else "",
        commercial.infRespTec(invoice.technician, key, fit) if invoice.technician else "",
    )
    document = f'<NFe xmlns="{NAMESPACE}"><infNFe Id="NFe{key}" versao="4.00">{"".join(content)}</infNFe></NFe>'
    return Built(parse(document), key, tuple(fit.changes))
