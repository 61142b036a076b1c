import base64

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..fiscal.certificate import Certificate
from .certificates import PASSWORD, make_pfx
from .keeping_common import KeepingCase

LETTERS = "12ABC34501DE35"


@tagged("post_install", "-at_install")
class TestLetters(KeepingCase):
    """A company whose CNPJ has letters issues; what the official schemas do not admit yet is said by name."""

    def setUp(self):
        super().setUp()
        self.company.sudo().vat = "12.ABC.345/01DE-35"
        self.signer = Certificate.load(base64.b64decode(make_pfx(cnpj=LETTERS)), PASSWORD)

    def refused(self, schema, act):
        with self.assertRaises(UserError) as caught:
            act()
        self.assertRegex(str(caught.exception), rf"{schema}.* does not admit a CNPJ with letters yet.*Ask SEFAZ")

    def test_issued_printed_exported_and_events_told(self):
        document = self.issued((self.chair,))
        self.assertEqual(document.access_key[6:20], LETTERS)
        document._make_danfe()
        self.assertTrue(document.danfe_attachment_id.raw.startswith(b"%PDF"))
        check = self.env["faturamento_br.key_lookup"].create(
            {"company_id": self.company.id, "access_key": document.access_key}
        )
        check._check(document.access_key)
        Event = self.env["faturamento_br.event"].sudo()
        self.refused("CancNFe", lambda: Event._make(document, "110111", "O cliente desistiu da compra", False))
        self.refused("CCe", lambda: Event._make(document, "110110", "O volume correto é de duas caixas", False))
        self.refused("inutNFe", lambda: self.voided(40, 41))
        self.assertFalse(document.event_ids)
        export = (
            self.env["faturamento_br.export"]
            .sudo()
            ._export(self.company, document.issue_date.replace(day=1), "simulator")
        )
        self.assertTrue(export.attachment_id)
