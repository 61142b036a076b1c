"""Every ready operation as an accountant reads it (golden/operations.csv), each document valid by the official XSD.

One row for each operation and destination, of the normal regime and of Simples: goods of one price, so that what the
operation does to CFOP, situations, taxes and total can be compared down the table. The file is rewritten by
``GOLDEN_UPDATE=1 pytest``: read the difference.
"""

import csv
import io
import os
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from fiscal import operations, schema
from fiscal.documents import document_type, nfe
from fiscal.taxes.engine import tax_invoice
from fiscal.taxes.icms_checks import code_of
from test_operations import document

FILE = Path(__file__).parent / "golden/operations.csv"
REGIMES = {"3": "normal", "1": "simples"}
SCOPES = {"inside": "dentro", "interstate": "fora", "abroad": "exterior"}
TAGS = ("vProd", "vICMS", "vICMSDeson", "vST", "vIPI", "vIPIDevol", "vII", "vPIS", "vCOFINS")


def shipped():
    for crt in REGIMES:
        for operation in operations.shipped(crt):
            for rule in operation.rules(crt):
                if rule.contributor != "no":
                    yield crt, operation, rule


def row(crt, operation, rule):
    """What the operation says, and what it makes of the goods; beside it the XML's problems with the XSD."""
    made = document(operation, rule, crt)
    goods = replace(made.items[0], quantity=Decimal(1), unit_price=Decimal(1000))
    taxed = tax_invoice(replace(made, items=(goods,)))
    built = nfe.build(taxed)
    item = taxed.items[0]
    reform = item.ibs_cbs
    said = {
        "operacao": operation.nature,
        "chave": operation.key,
        "regime": REGIMES[crt],
        "destino": SCOPES[rule.scope],
        "CFOP": rule.cfop,
        "tpNF": operation.tpNF,
        "finNFe": operation.purpose,
        "ICMS": code_of(item.item.rules.icms),
        "IPI": item.ipi.cst if item.ipi else "",
        "PIS_COFINS": item.pis.cst,
        "cClassTrib": reform.cClassTrib if reform else "",
        **{tag: shown(taxed.totals[tag]) for tag in TAGS},
        "vNF": shown(taxed.totals.invoice),
        "cobra": "sim" if operation.receivable else "",
        "receita": "sim" if operation.revenue else "",
    }
    return said, [str(each) for each in schema.validate_unsigned(built.element, document_type("55").schema)]


def shown(amount):
    return f"{amount:.2f}" if amount else ""


def test_each_operation_is_the_row_of_the_table_and_valid_by_the_xsd():
    found, invalid = [], {}
    for case in shipped():
        said, problems = row(*case)
        found.append(said)
        if problems:
            invalid[said["chave"], said["regime"], said["destino"]] = problems
    assert invalid == {}
    text = io.StringIO()
    table = csv.DictWriter(text, list(found[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(found)
    if os.environ.get("GOLDEN_UPDATE"):
        FILE.write_text(text.getvalue(), encoding="utf-8")
    assert text.getvalue().splitlines() == FILE.read_text(encoding="utf-8").splitlines()


def test_what_the_table_must_say():
    """What the law says of the table itself, whoever wrote it."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = {each["chave"] for each in rows}
    assert len(keys) >= 40
    assert keys == {one.key for crt in REGIMES for one in operations.shipped(crt)}
    firsts = {("1", "dentro"): "5", ("1", "fora"): "6", ("1", "exterior"): "7"}
    firsts |= {("0", "dentro"): "1", ("0", "fora"): "2", ("0", "exterior"): "3"}
    for each in rows:
        where = f"{each['chave']} {each['regime']} {each['destino']}"
        assert each["CFOP"][0] == firsts[each["tpNF"], each["destino"]], where
        assert (len(each["ICMS"]) == 3) == (each["regime"] == "simples"), where
        if each["ICMS"] in ("40", "41", "50", "60", "102", "300", "400", "500"):
            assert not each["vICMS"], where
        if each["regime"] == "simples" and each["tpNF"] == "1":
            assert not each["vPIS"], where  # in the DAS
        if each["vICMSDeson"]:
            assert float(each["vNF"]) < float(each["vProd"]), where  # Convênio ICM 65/1988: off the price
        if each["cobra"] and each["finNFe"] == "1":
            assert float(each["vNF"]) > 0, where
