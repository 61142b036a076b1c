"""NFeAutorizacao4 for lots, and NFeRetAutorizacao4 (MOC 7.0 Visão Geral, 5.1 and 5.2).

A lot is written down before its receipt is told, and judged when it is due: by whatever request comes next, which to
those outside looks as if it had been judged in the background. A server killed in between goes on where it stopped:
each document's result is committed with its authorisation.
"""

import threading
import traceback
from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from . import answers, certificates, message, reference
from .answers import NFE
from .checks import Document
from .soap import parser

_judging = threading.Lock()


def _documents(lot):
    """(NFe element, its document) of each NF-e in an enviNFe."""
    elements = lot.findall(f"{{{NFE}}}NFe")
    return [(element, Document(element.find(f"{{{NFE}}}infNFe"))) for element in elements]


def transmitter(certificate):
    """CNPJ or CPF of who transmits."""
    cnpj, cpf = certificates.holder(certificate)
    return cnpj or cpf


def receive(sefaz, request, entry, lot, delay):
    """Put a lot of several documents in the queue; answers 103 with its receipt.

    :param delay: seconds until it is judged.
    """
    documents = _documents(lot)
    moment = request.moment
    receipt = sefaz.store.lots.receive(
        request.state,
        request.cUF,
        transmitter(request.certificate),
        moment,
        moment.timestamp() + delay,
        request.data,
        [(document.key, document.identity) for _element, document in documents],
    )
    motive = reference.motive("103")
    result = answers.receipt(request.state, moment, "103", motive, receipt)
    detail = f"lote {receipt}: {len(documents)} NF-e"
    return result, replace(entry, number=receipt, access_key="", cStat="103", xMotivo=motive, detail=detail)


def process_due(sefaz, now):
    """Judge every lot that is due by ``now`` (aware)."""
    lots = sefaz.store.lots
    if not lots.due(now.timestamp()):
        return
    with _judging:
        for lot in lots.due(now.timestamp()):
            _process(sefaz, lot, now)


def _process(sefaz, lot, now):
    """Judge the documents of a lot one by one; those judged before a crash keep their result."""
    moment = datetime.fromtimestamp(max(lot.due, lot.arrived.timestamp()), UTC)
    moment = min(moment, now).astimezone(reference.time_zone(lot.cUF))
    root = etree.fromstring(lot.request.strip(), parser())
    results = sefaz.store.lots.results(lot.receipt)
    documents = _documents(root)
    for place, (element, document) in enumerate(documents):
        if results[place][1]:
            continue
        try:
            place_in_lot, first = (lot.receipt, place), documents[0][1]
            code, motive, prot = sefaz.judge(element, document, moment, lot.called, place_in_lot, first)
        except Exception:  # as SEFAZ does: answered 999, told in its own log; the other documents go on
            traceback.print_exc()
            code, motive, prot = "999", reference.motive("999"), ""
        if not prot:
            prot = answers.protocol(document.key, moment, code, motive)
            sefaz.store.lots.set_result(lot.receipt, place, code, prot)
    sefaz.store.lots.finish(lot.receipt)


def collect(sefaz, request, entry):
    """NFeRetAutorizacao4: 104 with a protocol for each document, or 105, or why not (rules E01 to E05)."""
    element = message.read(request.data, "consReciNFe", message.MESSAGE)
    receipt = element.findtext(f"{{{NFE}}}nRec")
    lot = sefaz.store.lots.find(receipt)
    rules = (
        (element.findtext(f"{{{NFE}}}tpAmb") != "2", "252"),
        (bool(request.cUF) and receipt[:2] != request.cUF, "248"),
        (lot is None, "106"),
        (lot is not None and not lot.processed, "105"),
        (lot is not None and lot.transmitter != transmitter(request.certificate), "223"),
    )
    code = next((code for wrong, code in rules if wrong), "104")
    results = sefaz.store.lots.results(receipt) if code == "104" else []
    motive = reference.motive(code)
    result = answers.lot_result(
        request.state, request.moment, code, motive, receipt, "".join(prot for _key, _cStat, prot in results)
    )
    good = sum(cStat in {"100", "150"} for _key, cStat, _prot in results)
    detail = f"{good} de {len(results)} NF-e autorizadas" if results else ""
    return result, replace(entry, number=receipt, cStat=code, xMotivo=motive, detail=detail)


def bare(cUF, moment, cStat, xMotivo):
    """A refusal before the receipt is known: zeros stand in its place (5.2.2, BR04a)."""
    return answers.lot_result(cUF, moment, cStat, xMotivo, "0" * 15)
