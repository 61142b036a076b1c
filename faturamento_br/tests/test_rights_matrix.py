"""Who may do what, cell by cell: each act tried as each kind of user, by every door that leads to it."""

from datetime import date, datetime
from pathlib import Path
from unittest.mock import Mock, patch

from odoo import http
from odoo.addons.http_routing.tests.common import MockRequest
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..controllers.portal_documents import DocumentPortal
from ..fiscal.transport import Exchange, NotSent
from .certificates import HEAD_OFFICE, PASSWORD, InstallationCase, make_pfx
from .keeping_common import KeepingCase

BILLER = "account.group_account_invoice"
#: role -> (how docs/admin.md calls it, groups)
ROLES = {
    "seller": ("Vendedor", "sales_team.group_sale_salesman"),
    "biller": ("Faturamento", BILLER),
    "canceller": ("+ cancelar", f"{BILLER},faturamento_br.group_cancel"),
    "voider": ("+ inutilizar", f"{BILLER},faturamento_br.group_void"),
    "auditor": ("Contador, leitura", "account.group_account_readonly"),
    "external": ("Contador externo", "account.group_account_readonly"),
    "manager": ("Administrador contábil", "account.group_account_manager"),
    "administrator": ("Administrador do sistema", "base.group_system"),
    "buyer": ("Cliente, no portal", "base.group_portal"),
}
ISSUERS = {"biller", "canceller", "voider", "manager"}
BOOKS = ISSUERS | {"auditor", "external"}
#: act -> (how docs/admin.md calls it, who may)
MATRIX = {
    "issue": ("Emitir", ISSUERS),
    "cancel": ("Cancelar", {"canceller", "manager"}),
    "correct": ("Carta de correção", {"canceller", "manager"}),
    "void": ("Inutilizar", {"voider", "manager"}),
    "find_gaps": ("Procurar buracos na numeração", {"voider", "manager"}),
    "query": ("Consultar na SEFAZ", ISSUERS),
    "registry": ("Consultar o cadastro de um cliente", ISSUERS),
    "key": ("Consultar uma chave de acesso", ISSUERS),
    "reserved": ("Assinar com o certificado reservado a “Faturamento”", {"biller"}),
    "contingency": ("Entrar em contingência e sair dela", ISSUERS),
    "tax_rule": ("Configurar regra fiscal", {"manager"}),
    "certificate": ("Carregar certificado", {"administrator"}),
    "environment": ("Trocar o ambiente", {"administrator"}),
    "read": ("Ver a nota", BOOKS | {"seller", "buyer"}),
    "xml": ("Baixar o XML", BOOKS | {"seller", "buyer"}),
    "export": ("Gerar o ZIP do mês", ISSUERS),
    "fetch": ("Baixar o ZIP do mês", BOOKS),
    "figures": ("Ver o painel da NF-e", BOOKS | {"administrator"}),
}
OFFLINE = NotSent("dns", Exchange("any", "https://sefaz.invalid", b""))
SILENT = Mock(**{f"{service}.side_effect": OFFLINE for service in ("query", "query_registration")})
PAGE = Path(__file__).parents[2] / "docs" / "admin.md"


def table():
    """The matrix as docs/admin.md shows it."""
    rows = [["", *(name for name, _groups in ROLES.values())], ["---", *(":-:" for _role in ROLES)]]
    rows += [[name, *("sim" if role in may else "–" for role in ROLES)] for name, may in MATRIX.values()]
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows)


@tagged("post_install", "-at_install")
class TestRightsMatrix(KeepingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        InstallationCase._install(cls.enterClassContext)  # a certificate that is loaded leaves its key there
        cls.root = cls.env(su=True, user=cls.env.ref("base.user_root"))
        cls.second = cls.make_company("Segunda Cliente do Contador Ltda", "12345678000195", "MG")
        cls.foreign = cls.root["res.company"].create({"name": "Alheia", "country_id": cls.env.ref("base.br").id})
        cls.users = {
            role: new_test_user(
                cls.root,
                f"matrix_{role}",
                groups=groups,
                company_id=cls.company.id,
                company_ids=[Command.set((cls.company + (cls.second if role == "external" else cls.company)).ids)],
            )
            for role, (_name, groups) in ROLES.items()
        }
        cls.users["buyer"].partner_id.parent_id = cls.shop.id

    def test_every_cell(self):
        self.make_scene()
        wrong = []
        for act, (_name, may) in MATRIX.items():
            for role in ROLES:
                for number, refused in enumerate(self.tried(act, role)):
                    if bool(refused) == (role in may):
                        wrong.append(f"{role}, {act}, door {number}: {refused or 'allowed'}")
        self.assertEqual(wrong, [])
        for act in ("read", "xml"):  # by RPC a customer could ask for anybody's
            with patch.object(type(self), f"portal_{act}", None):
                self.assertTrue(all(self.tried(act, "buyer")), act)

    def test_nobody_writes_the_environment_past_its_buttons(self):
        for role in ROLES:
            [told] = self.tried("write_environment", role)
            self.assertTrue(told, role)

    def test_the_page_says_the_same(self):
        self.assertIn(table(), PAGE.read_text(encoding="utf-8"))

    # --- The scene ----------------------------------------------------------------------------------------------

    def make_scene(self):
        """One of everything an act is tried on; the sale is the salesperson's, the customer the portal user's."""
        seller = {"invoice_user_id": self.users["seller"].id}
        self.document = self.issued((self.chair,), **seller)
        series = self.root["faturamento_br.series"].search([("company_id", "=", self.company.id)])
        series.next_number = self.document.number + 3
        self.waiting = self.issued((self.chair,), **seller)
        self.gap = series._find_gaps()
        self.waiting.write({"state": "sending"})
        self.move = self.invoice((self.chair,), **seller)
        self.move.action_post()
        self.rule = self.root["faturamento_br.tax_rule"].create(self.rule_values("9403"))
        common = {"company_id": self.company.id, "authorizer": "SP", "failures": 3}
        common |= {"failing_since": datetime(2026, 11, 24, 12), "svc_answer": "114"}
        self.periods = self.root["faturamento_br.contingency"].create(
            [{**common, "environment": "simulator"}, {**common, "environment": "homologation", "state": "active"}]
        )
        self.zip = self.root["faturamento_br.export"]._export(self.company, date(2026, 11, 1), "simulator")
        file = {"company_id": self.company.id, "pfx_upload": make_pfx(), "password_upload": PASSWORD}
        self.certificate = self.root["faturamento_br.certificate"].create(file)
        self.assertTrue(self.gap and self.zip.attachment_id)

    def rule_values(self, prefix):
        return {"company_id": self.company.id, "icms_cst": "40", "ncm_prefix": prefix}

    def tried(self, act, role):
        """What each door to an act told this user: why not, or "" where it opened. Nothing of it stays."""
        user = self.users[role]
        allowed = {"allowed_company_ids": user.company_ids.ids}
        self.as_user = self.env(user=user, su=False, context=allowed)
        doors = getattr(self, f"portal_{act}" if role == "buyer" else f"do_{act}", None) or getattr(self, f"do_{act}")
        for door in doors():
            savepoint = self.env.cr.savepoint()
            try:
                door()
                self.env.flush_all()
                told = ""
            except UserError as error:
                told = str(error) or repr(error)
            finally:
                savepoint.close(rollback=True)
            yield told

    def mine(self, record):
        return record.with_env(self.as_user)

    def dialog(self, action, **values):
        """What the user does in the dialog that a button opened."""
        wizard = self.as_user[action["res_model"]].browse(action["res_id"])
        wizard.write(values)
        return wizard.action_apply()

    def made(self, model, **values):
        """The same dialog made by RPC, past the button."""
        wizard = self.as_user[model].create(values)
        return wizard.action_apply()

    # --- The acts, each as the doors that lead to it -------------------------------------------------------------

    def do_issue(self):
        return self.issue_move, lambda: self.mine(self.move.fbr_document_id).action_issue()

    def issue_move(self):
        self.mine(self.move).action_fbr_issue()
        self.assertEqual(self.move.fbr_document_id.sudo().state, "signed")

    def do_cancel(self):
        reason = "O cliente desistiu da compra"
        return (
            lambda: self.dialog(self.mine(self.document).action_cancel_document(), reason=reason),
            lambda: self.dialog(self.mine(self.document.move_id).action_fbr_cancel_document(), reason=reason),
            lambda: self.made("faturamento_br.cancel_document", document_id=self.document.id, reason=reason),
        )

    def do_correct(self):
        text = "O volume correto é de duas caixas"
        return (
            lambda: self.dialog(self.mine(self.document).action_correct_document(), text=text),
            lambda: self.dialog(self.mine(self.document.move_id).action_fbr_correct_document(), text=text),
            lambda: self.made("faturamento_br.correct_document", document_id=self.document.id, text=text),
        )

    def do_void(self):
        gaps = [Command.set(self.gap.ids)]
        return (
            lambda: self.dialog(self.mine(self.gap).action_void()),
            lambda: self.made("faturamento_br.void_numbers", gap_ids=gaps),
        )

    def do_find_gaps(self):
        return (lambda: self.mine(self.gap.series_id).action_find_gaps(),)

    def do_query(self):
        return lambda: self.mine(self.waiting).action_query(), lambda: self.mine(self.waiting).action_try_now()

    def do_registry(self):
        return (lambda: self.unanswered(self.mine(self.shop).action_fbr_ask_registry),)

    def do_key(self):
        asked = {"company_id": self.company.id, "access_key": self.document.access_key}
        return (
            lambda: self.unanswered(self.mine(self.document).action_ask_sefaz),
            lambda: self.unanswered(lambda: self.as_user["faturamento_br.key_lookup"].create(asked).action_ask()),
        )

    def unanswered(self, ask):
        """Ask SEFAZ while it is out of reach: what is refused before that is refused for want of a right."""
        Company = type(self.env["res.company"])
        with (
            patch.object(Company, "_fbr_authorizer", lambda *_: SILENT),
            patch.object(Company, "_fbr_authorizer_of", lambda *_: SILENT),
        ):
            ask()

    def do_reserved(self):
        """Signing through the dialogs would refuse many for want of another right: here only the certificate is."""

        def sign():
            self.certificate.user_ids = self.users["biller"]
            self.mine(self.company).sudo()._fbr_load_certificate()

        return (sign,)

    def do_contingency(self):
        offered, entered = self.periods
        return (
            lambda: self.mine(offered).action_decline(),
            lambda: self.mine(offered).action_enter_epec(),
            lambda: self.mine(entered).action_leave(),
        )

    def do_tax_rule(self):
        return (
            lambda: self.as_user["faturamento_br.tax_rule"].create(self.rule_values("9401")),
            lambda: self.mine(self.rule).write({"icms_cst": "41"}),
            lambda: self.mine(self.rule).unlink(),
        )

    def do_certificate(self):
        file = {"company_id": self.company.id, "pfx_upload": make_pfx(), "password_upload": PASSWORD}
        return (lambda: self.as_user["faturamento_br.certificate"].create(file),)

    def do_environment(self):
        confirmed = {"company_id": self.company.id, "typed_tax_id": HEAD_OFFICE, "understood": True}
        settings = {"company_id": self.company.id}
        return (
            lambda: self.as_user["faturamento_br.production.wizard"].create(confirmed).action_confirm(),
            lambda: self.as_user["res.config.settings"].create(settings).action_fbr_use_homologation(),
        )

    def do_write_environment(self):
        return (lambda: self.mine(self.company).write({"fbr_environment": "homologation"}),)

    def do_read(self):
        return (
            lambda: self.mine(self.document).read(["amount_total", "access_key"]),
            lambda: self.found_by_search(self.document),
        )

    def found_by_search(self, record):
        self.assertEqual(self.as_user[record._name].search([("id", "=", record.id)]).id, record.id)

    def do_xml(self):
        return (
            lambda: self.mine(self.document).action_download_xml(),
            lambda: self.assertTrue(self.mine(self.document.xml_attachment_id).raw),
        )

    def do_export(self):
        month = {"month": "2026-11-01"}
        return (
            lambda: self.as_user["faturamento_br.export.wizard"].create(month).action_export(),
            lambda: self.mine(self.zip).action_send(),
        )

    def do_fetch(self):
        return (
            lambda: self.mine(self.zip).action_download(),
            lambda: self.assertTrue(self.mine(self.zip.sudo().attachment_id).raw),
        )

    def do_figures(self):
        return (lambda: self.as_user["res.company"].fbr_get_operations(),)

    def portal_read(self):
        def listed():
            with MockRequest(self.as_user):
                domain = DocumentPortal()._fbr_documents_domain()
            self.assertIn(self.document, self.document.search(domain))

        return (listed,)

    def portal_xml(self):
        def fetched():
            with (
                MockRequest(self.as_user),
                patch.object(http.Stream, "get_response", lambda stream, **_: stream.read()),
            ):
                given = DocumentPortal().portal_fiscal_document_file(self.document.id, "xml")
            self.assertEqual(given.data, self.document.xml_attachment_id.raw)

        return (fetched,)

    # --- Whose ---------------------------------------------------------------------------------------------------

    def test_an_external_accountant_sees_exactly_their_companies(self):
        self.document = self.issued()
        companies = self.company + self.second + self.foreign
        common = {"environment": "simulator"}
        for company in companies[1:]:
            own = {"company_id": company.id, **common}
            self.root["faturamento_br.document"].create(
                {**own, "series": 1, "number": 1, "numeric_code": "10203040", "state": "authorized"}
            )
            self.root["faturamento_br.series"].create({**own, "series": 7})
        self.root["faturamento_br.export"].create(
            [{"company_id": company.id, "month": "2026-11-01", **common} for company in companies]
        )
        user, theirs = self.users["external"], self.company + self.second
        for active in (theirs, self.second):
            env = self.env(user=user, su=False, context={"allowed_company_ids": active.ids})
            for name in ("document", "series", "export"):
                self.assertEqual(env[f"faturamento_br.{name}"].search([]).company_id.sudo(), active.sudo(), name)
            self.assertEqual(self.companies_seen(env) - set(active.ids), set())
            figures = {each["id"] for each in env["res.company"].fbr_get_operations()}
            self.assertEqual(figures, set(active.ids))

    def companies_seen(self, env):
        """Of whose companies a user finds records, in any of the add-on's models."""
        seen = set()
        for name, model in env.items():
            field = model._fields.get("company_id")
            stored = name.startswith("faturamento_br.") and model._auto and field and field.store
            if stored and not model._transient and model.has_access("read"):
                seen |= set(model.search([]).company_id.sudo().ids)
        return seen
