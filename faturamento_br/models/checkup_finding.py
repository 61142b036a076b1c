from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..fiscal.checkup import checks, kept
from ..fiscal.problems import Problem
from .checkup_reader import CheckupReader
from .problem_text import text_of

SUBJECTS = [("goods", "Products"), ("customer", "Customers"), ("rule", "Tax rules"), ("operation", "Operations")]
SEVERITIES = [(checks.HIGH, "Refused or wrong"), (checks.MEDIUM, "Probably wrong"), (checks.LOW, "To look at")]
#: The record of each subject.
RECORDS = {"goods": "product_tmpl_id", "customer": "partner_id", "rule": "rule_id", "operation": "operation_id"}
#: Cells that write on the product or the customer.
CELLS = ("ncm_id", "cest_id", "origin", "ie", "ie_indicator", "zip")
CHECKS = {check.code: check for check in checks.CHECKS}


class CheckupFinding(models.Model):
    """What the fiscal check-up found: a product, customer, rule or operation, and what to mend.

    Found anew each time somebody opens it; what was accepted as it is stays accepted. Its cells are those of the record
    itself, so that mending needs no other screen. The judgements are the core's (``fiscal/checkup``).
    """

    _name = "faturamento_br.checkup_finding"
    _description = "Finding of the fiscal check-up"
    _order = "severity, documents desc, check_code, record_name, id"
    _rec_name = "record_name"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    check_code = fields.Selection([(check.code, str(check.name)) for check in checks.CHECKS], "Check", required=True)
    severity = fields.Selection(SEVERITIES, required=True)
    subject = fields.Selection(SUBJECTS, required=True)
    ref = fields.Char(required=True)
    key = fields.Char()
    told = fields.Json()
    product_tmpl_id = fields.Many2one("product.template", "Product", ondelete="cascade", index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="cascade", index="btree_not_null")
    rule_id = fields.Many2one("faturamento_br.tax_rule", "Tax rule", ondelete="cascade", index="btree_not_null")
    operation_id = fields.Many2one("faturamento_br.operation", ondelete="cascade", index="btree_not_null")
    record_name = fields.Char("Record")
    message = fields.Text("What was found", compute="_compute_texts")
    why = fields.Char("Why it matters", compute="_compute_texts")
    documents = fields.Integer(help="Invoices of the last 12 months that it touched.")
    state = fields.Selection(
        [("open", "To mend"), ("accepted", "Accepted as it is"), ("mended", "Mended")],
        required=True,
        default="open",
        help="Accepted: somebody looked, and it is right so.",
    )

    ncm_id = fields.Many2one(related="product_tmpl_id.fbr_ncm_id", readonly=False, string="NCM")
    cest_id = fields.Many2one(related="product_tmpl_id.fbr_cest_id", readonly=False, string="CEST")
    ncm = fields.Char(related="product_tmpl_id.fbr_effective_ncm", string="NCM in use")
    origin = fields.Selection(related="product_tmpl_id.fbr_origin", readonly=False, string="Origin")
    ie = fields.Char(related="partner_id.l10n_br_ie_code", readonly=False, string="IE")
    ie_indicator = fields.Selection(related="partner_id.fbr_ie_indicator", readonly=False)
    zip = fields.Char(related="partner_id.zip", readonly=False, string="CEP")

    _ref_unique = models.Constraint("UNIQUE(company_id, check_code, ref, key)", "This was found already.")

    @api.depends("told", "check_code")
    @api.depends_context("lang")
    def _compute_texts(self):
        for finding in self:
            finding.message = text_of(self.env, self._fbr_problem(finding.told)) if finding.told else False
            check = CHECKS.get(finding.check_code)
            finding.why = check and self.env._(check.why)  # pylint: disable=translation-not-lazy

    def _fbr_problem(self, told):
        """A problem as kept; one among its params is put into words first."""
        problem = kept.load(told)
        params = {
            name: text_of(self.env, value) if isinstance(value, Problem) else value
            for name, value in problem.params.items()
        }
        return replace(problem, params=params)

    # --- Finding ----------------------------------------------------------------------------------------------------

    @api.model
    def _fbr_check(self, company, products=None, partners=None):
        """Look at everything of ``company``, or at these records only, and keep what was found.

        What is no longer found goes; among a few records it stays as mended, so that a list does not lose its rows
        while somebody works in it.
        """
        partly = products is not None or partners is not None
        findings = self.sudo()
        if partly:
            products = findings.env["product.template"].browse(products.ids if products else [])
            partners = findings.env["res.partner"].browse(partners.ids if partners else [])
        reader = CheckupReader(company.sudo(), products, partners)
        found = {
            (each.check.code, each.ref, each.key): each
            for each in checks.judge(reader.world(), reader.customers(), partly)
        }
        domain = Domain("company_id", "=", company.id)
        if partly:
            domain &= Domain("product_tmpl_id", "in", products.ids) | Domain("partner_id", "in", partners.ids)
            domain &= Domain("check_code", "not in", list(checks.OF_ALL))
        there = {(one.check_code, one.ref, one.key or ""): one for one in findings.search(domain)}
        gone = findings.browse(one.id for key, one in there.items() if key not in found)
        if partly:
            gone.filtered(lambda one: one.state == "open").state = "mended"
        else:
            gone.unlink()
        names = self._fbr_names(found.values())
        for key, each in found.items():
            if one := there.get(key):
                one._fbr_update(each, names[key])
        findings.create(
            [self._fbr_values(company, each, names[key]) for key, each in found.items() if key not in there]
        )

    def _fbr_update(self, found, name):
        values = {"told": kept.dump(found.problem), "documents": len(found.documents), "record_name": name}
        if self.state == "mended":
            values["state"] = "open"
        values = {field: value for field, value in values.items() if self[field] != value}
        if values:
            self.write(values)

    @api.model
    def _fbr_values(self, company, found, name):
        return {
            "company_id": company.id,
            "check_code": found.check.code,
            "severity": found.check.severity,
            "subject": found.check.subject,
            "ref": found.ref,
            "key": found.key,
            "told": kept.dump(found.problem),
            "documents": len(found.documents),
            "record_name": name,
            RECORDS[found.check.subject]: id_of(found.ref),
        }

    @api.model
    def _fbr_names(self, found):
        """What each found record is called, read for all of them together."""
        by_model, names = {}, {}
        for each in found:
            model = self._fields[RECORDS[each.check.subject]].comodel_name
            by_model.setdefault(model, {})[each.check.code, each.ref, each.key] = id_of(each.ref)
        for model, ids in by_model.items():
            records = self.env[model].sudo().browse(set(ids.values()))
            shown = {record.id: record.display_name for record in records}
            names.update({key: shown[record] for key, record in ids.items()})
        return names

    # --- Mending ----------------------------------------------------------------------------------------------------

    def write(self, vals):
        """A cell writes on its product or customer, with the user's own rights, which is looked at again at once."""
        if not self.env.su and vals.keys() - set(CELLS):
            raise AccessError(self.env._("Findings are written by the check-up: mend the product, customer or rule."))
        result = super().write(vals)
        if vals.keys() & set(CELLS):
            self._fbr_check_again()
        return result

    def _fbr_check_again(self):
        """Look again at the products and customers of these findings."""
        for company, findings in self.grouped("company_id").items():
            self._fbr_check(company, findings.product_tmpl_id, findings.partner_id)

    @api.model
    def action_check(self, subject=None):
        """Look at everything of the company and open what was found.

        :raises UserError: the company issues no NF-e.
        """
        company = self.env.company
        subject = subject or self.env.context.get("fbr_subject") or "goods"
        if not company._fbr_issues():
            raise UserError(
                self.env._("%s does not issue NF-e: switch it on in the settings of Faturamento BR.", company.name)
            )
        self.browse().check_access("read")
        self._fbr_check(company)
        action = self.env["ir.actions.act_window"]._for_xml_id("faturamento_br.checkup_finding_action")
        subjects = ["rule", "operation"] if subject in ("rule", "operation") else [subject]
        action["domain"] = [("company_id", "=", company.id), ("subject", "in", subjects)]
        action["context"] = {"fbr_subject": subject, "search_default_open": 1, "search_default_by_severity": 1}
        called = dict(self._fields["subject"]._description_selection(self.env))[subject]
        called = self.env._("Rules and operations") if len(subjects) > 1 else called
        action["display_name"] = action["name"] = self.env._("Fiscal check-up: %s", called)
        return action

    def action_open_record(self):
        """The record to mend."""
        self.ensure_one()
        return self[RECORDS[self.subject]]._get_records_action()

    def action_use_only_cest(self):
        """Give the products the CEST of their NCM where there is only one."""
        told = self.product_tmpl_id.action_fbr_use_only_cest()
        self._fbr_check_again()
        return told

    def action_archive_rules(self):
        """Archive the rules that were found, with the user's own rights."""
        of_rules = self.filtered("rule_id")
        if not of_rules:
            raise UserError(self.env._("Select findings of tax rules: only they can be archived here."))
        of_rules.rule_id.action_archive()
        of_rules.sudo().state = "mended"

    def action_accept(self):
        """Somebody who configures the company says that it is right so; it is not told again."""
        if not self.env.user.has_group("account.group_account_manager"):
            raise AccessError(self.env._("Only who configures accounting accepts a finding as it is."))
        self.check_access("read")
        self.sudo().state = "accepted"

    def action_reopen(self):
        """Tell it again."""
        self.check_access("write")
        self.sudo().state = "open"


def id_of(ref):
    """The record's id: a ref is the id itself, or an operation's path that ends with it."""
    return int(ref.rstrip("/").rpartition("/")[2])
