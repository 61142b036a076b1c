from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..fiscal.digits import is_cnpj, is_cpf, normalize_tax_id
from ..fiscal.ie import normalize_ie
from ..fiscal.registry_query import RegistryQuestion
from ..models.res_city import plain_name

#: The partner's field, and what of a registration fills it. City and state are looked up.
FILLS = {
    "name": "name",
    "l10n_br_ie_code": "ie",
    "street_name": "street",
    "street_number": "number",
    "street_number2": "complement",
    "street2": "district",
    "zip": "zip",
}


class RegistryLookup(models.TransientModel):
    """What the register of contributors of a UF knows of a partner, beside what is written here."""

    _name = "faturamento_br.registry_lookup"
    _description = "Question to the register of contributors"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state_id = fields.Many2one("res.country.state", "UF", domain=[("country_id.code", "=", "BR")])
    question_id = fields.Many2one("faturamento_br.question", readonly=True)
    environment = fields.Selection(related="question_id.environment")
    verdict = fields.Char(related="question_id.verdict")
    asked_at = fields.Datetime(related="question_id.asked_at")
    told = fields.Char("Answer", compute="_compute_told")
    found_count = fields.Integer(compute="_compute_told")
    found_ids = fields.One2many("faturamento_br.registry_lookup.found", "lookup_id", "Registrations")
    found_id = fields.Many2one("faturamento_br.registry_lookup.found", "Registration", readonly=True)
    is_active = fields.Boolean(related="found_id.is_active")
    line_ids = fields.One2many("faturamento_br.registry_lookup.line", "lookup_id", "Differences")

    @api.depends("question_id", "found_ids")
    def _compute_told(self):
        for lookup in self:
            question = lookup.question_id.sudo()
            lookup.found_count = len(lookup.found_ids)
            lookup.told = " ".join(filter(None, (question.cStat, question.xMotivo)))

    @api.model
    def _open(self, partner):
        """The dialog; asked at once where the UF is known."""
        Question = self.env["faturamento_br.question"]
        Question._check_may_ask()
        company = self.env.company
        if not company._fbr_issues():
            raise UserError(self.env._("%(company)s does not issue NF-e: switch it on first.", company=company.name))
        lookup = self.create(
            {"partner_id": partner.id, "company_id": company.id, "state_id": partner.state_id.id or False}
        )
        return lookup.action_ask() if lookup.state_id else lookup._show()

    def _show(self):
        return self._get_records_action(name=self.env._("Register of contributors"), target="new")

    def action_ask(self):
        """Ask the register of the chosen UF."""
        self.ensure_one()
        if not self.state_id:
            raise UserError(self.env._("Choose the UF whose register is to be asked."))
        Question = self.env["faturamento_br.question"]
        self.line_ids.unlink()
        self.found_ids.unlink()
        self.question_id = Question._ask_registry(self.company_id, self._asked())
        founds = self.question_id.sudo().found or ()
        self.found_ids = [Command.create({"values": values}) for values in founds]
        own = self.found_ids.filtered(lambda one: one.ie.lstrip("0") == self._ie().lstrip("0"))
        active = self.found_ids.filtered("is_active")
        for choice in (own, active, self.found_ids):
            if len(choice) == 1:
                choice._choose()
                break
        return self._show()

    def _ie(self):
        return normalize_ie(self.partner_id.l10n_br_ie_code or "")

    def _asked(self):
        """By CNPJ; a person by the IE, for many UFs answer nothing by CPF."""
        tax_id, ie = normalize_tax_id(self.partner_id.vat or ""), self._ie()
        who = {"cnpj": tax_id} if is_cnpj(tax_id) else {"ie": ie} if ie.isdecimal() else {}
        if not who and is_cpf(tax_id):
            who = {"cpf": tax_id}
        return RegistryQuestion(uf=self.state_id.code, **who)

    def action_apply(self):
        """Write what was ticked, with the user's own rights."""
        self.ensure_one()
        values = {line.field: line.value for line in self.line_ids if line.apply}
        if values:
            self.partner_id.write(values)
            names = ", ".join(self.line_ids.filtered("apply").mapped("label"))
            told = self.env._("Filled from the register of %(uf)s: %(names)s.", uf=self.state_id.code, names=names)
            self.partner_id._message_log(body=told)
        return {"type": "ir.actions.client", "tag": "faturamento_br.close_and_reload"}


class RegistryLookupFound(models.TransientModel):
    """One of the registrations that were found."""

    _name = "faturamento_br.registry_lookup.found"
    _description = "Registration found"

    lookup_id = fields.Many2one("faturamento_br.registry_lookup", required=True, ondelete="cascade")
    values = fields.Json(required=True)
    ie = fields.Char("IE", compute="_compute_values")
    name = fields.Char(compute="_compute_values")
    is_active = fields.Boolean("Active", compute="_compute_values")
    since = fields.Date(compute="_compute_values")
    regime = fields.Char(compute="_compute_values")

    @api.depends("values")
    def _compute_values(self):
        for found in self:
            values = found.values or {}
            found.ie, found.name, found.regime = (values.get(name) or "" for name in ("ie", "name", "regime"))
            found.is_active = bool(values.get("active"))
            since = values.get("closed") or values.get("changed")
            found.since = date.fromisoformat(since) if since else False

    def action_choose(self):
        """Compare the partner with this one."""
        self._choose()
        return self.lookup_id._show()

    def _choose(self):
        self.ensure_one()
        lookup = self.lookup_id
        lookup.found_id = self
        lookup.line_ids.unlink()
        partner, lines = lookup.partner_id, []
        for field, value in self._proposed().items():
            record = self.env["res.partner"].new({field: value})
            old, new = (_shown(each[field]) for each in (partner, record))
            if _same(old) != _same(new):
                take = field != "name" or not old
                lines.append({"field": field, "value": value, "old": old, "new": new, "apply": take})
        lookup.line_ids = [Command.create(line) for line in lines]

    def _proposed(self):
        """The partner's fields as the register has them, without those of which it says nothing."""
        told = self.values
        proposed = {field: told[name] for field, name in FILLS.items() if told[name]}
        if "zip" in proposed:
            proposed["zip"] = f"{told['zip'][:5]}-{told['zip'][5:]}"
        if told["current_ie"]:
            proposed["l10n_br_ie_code"] = told["current_ie"]
        lookup, city = self.lookup_id, self.env["res.city"]
        if told["city_code"]:
            city = city.search([("fbr_ibge_code", "=", told["city_code"])], limit=1)
        if city:
            proposed["city_id"] = city.id
        proposed["state_id"] = lookup.state_id.id
        if not lookup.partner_id.vat and told["tax_id"]:
            proposed["vat"] = told["tax_id"]
        return proposed


class RegistryLookupLine(models.TransientModel):
    """One value that differs."""

    _name = "faturamento_br.registry_lookup.line"
    _description = "Difference to the register"

    lookup_id = fields.Many2one("faturamento_br.registry_lookup", required=True, ondelete="cascade")
    field = fields.Char(required=True, readonly=True)
    label = fields.Char("What", compute="_compute_label")
    old = fields.Char("Written here", readonly=True)
    new = fields.Char("In the register", readonly=True)
    value = fields.Json(readonly=True)
    apply = fields.Boolean("Take it")

    @api.depends("field")
    @api.depends_context("lang")
    def _compute_label(self):
        names = {"street2": self.env._("District"), "street_number2": self.env._("Complement")}
        names |= {"city_id": self.env._("City"), "vat": "CNPJ/CPF", "l10n_br_ie_code": "IE", "zip": "CEP"}
        for line in self:
            description = self.env["res.partner"]._fields[line.field]._description_string(self.env)
            line.label = names.get(line.field) or description


def _shown(value):
    return value.display_name or "" if isinstance(value, models.BaseModel) else value or ""


def _same(text):
    """Without what makes no difference: case, accents, punctuation, zeros that a register leaves out."""
    return plain_name(text).replace(" ", "").lstrip("0")
