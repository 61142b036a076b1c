import base64
from datetime import UTC, datetime
from unittest.mock import patch

from lxml import etree
from odoo.fields import Command
from odoo.tests import new_test_user

from ..fiscal.certificate import Certificate
from ..fiscal.numbering import Range
from ..fiscal.outcome import Outcome, Verdict
from ..fiscal.voiding import VoidOutcome, VoidVerdict
from .certificates import PASSWORD, make_pfx
from .spare_companies import BILLING
from .taxes_common import TaxesCase

NFE = "{http://www.portalfiscal.inf.br/nfe}"
DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
AUTHORIZED = "Autorizado o uso da NF-e"


class KeepingCase(TaxesCase):
    """A company with authorized documents: signed by a certificate of its own, answered as an authorizer answers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.accountant = new_test_user(
            root, "keeping_accountant", groups=f"{BILLING},account.group_account_manager", **company
        )
        cls.auditor = new_test_user(root, "keeping_auditor", groups="account.group_account_readonly", **company)
        cls.signer = Certificate.load(base64.b64decode(make_pfx()), PASSWORD)
        cls.company.sudo().partner_id.write(
            {
                "street_name": "Rua da Serra",
                "street_number": "10",
                "street2": "Centro",
                "zip": "01001-000",
                "city_id": cls.env["res.city"]._fbr_named("São Paulo", cls.env.ref("base.state_br_sp")).id,
            }
        )
        cls.shop.sudo().write({"vat": "12345678000195", "email": "loja@example.com"})
        cls.table.sudo().fbr_ipi_cst = "none"

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.object(self.env.cr, "commit", lambda: None))
        Company = type(self.env["res.company"])
        self.startPatcher(patch.object(Company, "_fbr_open_certificate", lambda company: self.signer))

    def issued(self, *lines, **values):
        """A document of a posted invoice, authorized."""
        move = self.invoice(*(lines or [(self.chair,)]), **values)
        move.action_post()
        return self.authorize(move)

    def authorize(self, move):
        document = move.fbr_document_id.sudo()
        self.assertTrue(document._sign(), document.problem_ids.mapped("message"))
        attempt = document.attempt_ids[:1]
        document._apply("send")
        document._answered(attempt, self.answer(document, base64.b64decode(attempt.signed_xml)))
        self.assertEqual(document.state, "authorized")
        return document

    def answer(self, document, signed):
        """What an authorizer says to a document that it authorizes."""
        digest = etree.fromstring(signed).findtext(f".//{DSIG}DigestValue")
        protocolo = f"1352600{document.number:08d}"
        protNFe = (
            '<protNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><infProt><tpAmb>2</tpAmb>'
            f"<verAplic>SP_NFE</verAplic><chNFe>{document.access_key}</chNFe>"
            f"<dhRecbto>2026-11-25T12:00:01-03:00</dhRecbto><nProt>{protocolo}</nProt><digVal>{digest}</digVal>"
            f"<cStat>100</cStat><xMotivo>{AUTHORIZED}</xMotivo></infProt></protNFe>"
        )
        return Outcome(
            Verdict.AUTHORIZED,
            "100",
            AUTHORIZED,
            raw=b"",
            access_key=document.access_key,
            protocolo=protocolo,
            received_at=datetime(2026, 11, 25, 15, 0, 1, tzinfo=UTC),
            digest=digest,
            protNFe=protNFe.encode(),
        )

    def voided(self, first, last, day="2026-11-25"):
        """A voiding of these numbers of series 1, as an authorizer grants it on ``day``."""
        series = self.env["faturamento_br.series"].sudo()._of(self.company, "55", "simulator", 1)
        voiding = self.env["faturamento_br.voiding"].sudo()
        voiding = voiding._make(series, [Range(first, last, 2026)], "Numeração pulada por falha do sistema")
        protocolo = f"1352601{first:08d}"
        retInutNFe = (
            '<retInutNFe xmlns="http://www.portalfiscal.inf.br/nfe" versao="4.00"><infInut><tpAmb>2</tpAmb>'
            f"<verAplic>SP_NFE</verAplic><cStat>102</cStat><xMotivo>Inutilizado</xMotivo><cUF>35</cUF><ano>26</ano>"
            f"<mod>55</mod><serie>1</serie><nNFIni>{first}</nNFIni><nNFFin>{last}</nNFFin>"
            f"<dhRecbto>{day}T22:30:00-03:00</dhRecbto><nProt>{protocolo}</nProt></infInut></retInutNFe>"
        )
        voiding._answered(VoidOutcome(VoidVerdict.VOIDED, "102", "", b"", protocolo, retInutNFe=retInutNFe.encode()))
        self.assertEqual(voiding.state, "voided")
        return voiding
