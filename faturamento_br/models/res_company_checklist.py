from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from zoneinfo import ZoneInfo

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..fiscal import timezones
from ..fiscal.digits import format_tax_id
from ..fiscal.documents.nfe.emitter_setup import setup_problems
from ..fiscal.problems import Problem
from ..fiscal.spec import Environment, Party
from . import simulator_service
from .certificate import EXPIRING
from .party_values import emitter_party, readers_of, technician_of
from .problem_text import text_of

DONE, WARNING, MISSING = "done", "warning", "missing"
CONFIGURES = ("account.group_account_manager", "base.group_system")


@dataclass(frozen=True)
class ChecklistLine:
    """One thing that the first NF-e needs.

    :param key: stable name; ``action_fbr_checklist_mend`` takes it.
    :param group: the heading it stands under: ``company``, ``sending`` or ``sale``.
    :param label: what it is, in the user's language.
    :param state: ``done``, ``warning`` (it may stay so) or ``missing`` (no NF-e goes out).
    :param told: what was seen, or what is wrong and what to do.
    :param button: what the button that mends it says; none when empty.
    :param field: the field that gets the cursor in the dialog that the button opens.
    """

    key: str
    group: str
    label: str
    state: str
    told: str
    button: str = ""
    field: str = ""


class ResCompany(models.Model):
    """What is there and what is missing before a company's first NF-e, computed at each look."""

    _inherit = "res.company"

    def fbr_get_checklist(self):
        """The checklist as the web client shows it: ``{"lines": [...], "done": 9, "total": 15, "ready": False}``.

        :raises AccessError: the user neither configures the accounting nor administers the system.
        """
        self._fbr_check_may_set_up()
        lines = self._fbr_checklist()
        done = sum(line.state != MISSING for line in lines)
        return {
            "lines": [asdict(line) for line in lines],
            "company": self.name,
            "done": done,
            "total": len(lines),
            "ready": all(line.state != MISSING for line in lines if line.key != "first"),
        }

    def _fbr_check_may_set_up(self):
        """Public methods are callable by RPC: who may look at the set-up, of their own companies only."""
        self.ensure_one()
        self.check_access("read")
        if not any(map(self.env.user.has_group, CONFIGURES)):
            raise AccessError(self.env._("Only who configures the accounting sees the set-up of the NF-e."))

    def _fbr_checklist(self):
        """Everything that this company's first NF-e needs, a :class:`ChecklistLine` each, in the order to mend it."""
        self.ensure_one()
        company = self.sudo()
        wrong = company._fbr_setup_problems()
        lines = [
            *company._fbr_check_company(wrong),
            *company._fbr_check_optional(wrong),
            *company._fbr_check_sending(),
            *company._fbr_check_sale(),
        ]
        administrator = self.env.user.has_group("base.group_system")
        return [line if administrator else self._fbr_for_configurer(line) for line in lines]

    def _fbr_for_configurer(self, line):
        """The line for who does not administer the system: what only an administrator mends has no button."""
        own = ("series", "operation", "product", "customer", "first", "authorizer")
        return line if line.key in own else replace(line, button="")

    # --- The company --------------------------------------------------------------------------------------------

    def _fbr_setup_problems(self):
        """What the core finds wrong with the emitter, and with what some states ask for besides."""
        emitter = emitter_party(self)
        nobody = Party(name="", tax_id="", address=emitter.address)
        zone = ZoneInfo(timezones.of(emitter.address.uf))
        moment = fields.Datetime.now().replace(tzinfo=UTC).astimezone(zone)
        try:
            technician = technician_of(self)
        except UserError as error:
            return [Problem("csrt_unreadable", "technician.csrt", str(error))]
        return setup_problems(emitter, technician, readers_of(self, nobody), moment)

    def _fbr_check_company(self, problems) -> Iterator[ChecklistLine]:
        _ = self.env._
        issues = self._fbr_issues()
        if issues:
            told = _("%s is a Brazilian company that issues NF-e.", self.name)
        elif self.account_fiscal_country_id.code == "BR":
            told = _("NF-e is switched off. Set the company up to switch it on.")
        else:
            told = _("%s is not a Brazilian company yet. Set it up: country, chart of accounts and taxes.", self.name)
        yield ChecklistLine(
            "company",
            "company",
            _("NF-e switched on"),
            DONE if issues else MISSING,
            told,
            _("Change") if issues else _("Set up"),
            "name" if self.vat else "vat",
        )
        emitter = emitter_party(self)
        at = emitter.address
        place = f"{at.street}, {at.number}, {at.district}, {at.city}/{at.uf} ({at.city_code})"
        abroad = _("It must be in Brazil: its CEP brings the city.") if self.country_id.code != "BR" else ""
        for key, label, told, field, *paths in (
            ("tax_id", _("CNPJ"), format_tax_id(emitter.tax_id) if emitter.tax_id else "", "vat", "emitter.tax_id"),
            ("ie", _("State registration (IE)"), emitter.ie, "l10n_br_ie_code", "emitter.ie"),
            ("crt", _("Tax regime (CRT)"), self._fbr_crt_label(), "fbr_crt", "emitter.crt"),
            ("address", _("Address with IBGE city"), place, "zip", "emitter.address", "emitter.name"),
        ):
            wrong = [text_of(self.env, problem) for problem in problems if problem.path.startswith(tuple(paths))]
            if key == "tax_id" and not emitter.tax_id:
                wrong = [_("Without it no NF-e can be issued.")]
            if key == "address" and abroad:  # what each element of a foreign address lacks, nobody has to know
                wrong = [abroad]
            state = MISSING if wrong else DONE
            button = _("Fill in") if wrong else _("Change")
            yield ChecklistLine(key, "company", label, state, "\n".join(wrong) or told, button, field)

    def _fbr_crt_label(self):
        return dict(self._fields["fbr_crt"]._description_selection(self.env)).get(self.fbr_crt, "")

    def _fbr_check_optional(self, problems) -> Iterator[ChecklistLine]:
        """What an NF-e can do without, but its reader cannot; and what only some states ask for."""
        _ = self.env._
        missing = [
            label for label, value in ((_("phone"), self.phone), (_("e-mail"), self.email)) if not (value or "").strip()
        ]
        if missing:
            told = _("Missing: %s. The DANFE shows them, and customers answer the e-mail.", ", ".join(missing))
        else:
            told = f"{self.phone} · {self.email}"
        state, button = (WARNING, _("Fill in")) if missing else (DONE, _("Change"))
        field = "email" if self.phone else "phone"
        yield ChecklistLine("contact", "company", _("Contact"), state, told, button, field)
        if self.uses_default_logo:
            state, button, told = WARNING, _("Choose"), _("Odoo's own picture is on invoices: choose your company's.")
        else:
            state, button, told = DONE, _("Change"), _("It is on quotations, invoices and e-mails.")
        yield ChecklistLine("logo", "company", _("Logo"), state, told, button, "logo")
        if wrong := [text_of(self.env, found) for found in problems if not found.path.startswith("emitter")]:
            yield ChecklistLine(
                "technician",
                "company",
                _("What the state asks for besides"),
                MISSING,
                "\n".join(wrong),
                _("Fill in"),
            )

    # --- The way to the authorizer ------------------------------------------------------------------------------

    def _fbr_check_sending(self) -> Iterator[ChecklistLine]:
        _ = self.env._
        yield self._fbr_check_environment_line()
        yield self._fbr_check_certificate_line()
        yield self._fbr_check_authorizer_line()
        yield from self._fbr_check_series_line()

    def _fbr_environment_label(self):
        return dict(self._fields["fbr_environment"]._description_selection(self.env))[self.fbr_environment]

    def _fbr_check_environment_line(self):
        _ = self.env._
        label, button = _("Environment"), _("Change")
        try:
            current = self._fbr_checked_environment()
        except UserError as error:
            return ChecklistLine("environment", "sending", label, MISSING, str(error), button)
        if current is Environment.PRODUCTION:
            told = _("%s: NF-e have legal force.", self._fbr_environment_label())
        else:
            told = _("%s: NF-e have no fiscal value. Good for the first ones.", self._fbr_environment_label())
        return ChecklistLine("environment", "sending", label, DONE, told, button)

    def _fbr_check_certificate_line(self):
        """Whether a good certificate is there. In the simulator a throwaway one does, and the button gets it."""
        _ = self.env._
        label, record = _("Digital certificate"), self._fbr_get_certificate()
        simulated = self.fbr_environment == Environment.SIMULATOR
        button = _("Get one from the simulator") if simulated else _("Upload")
        try:
            opened = self._fbr_open_certificate()
        except UserError as error:
            return ChecklistLine("certificate", "sending", label, MISSING, str(error), button)
        left = record.valid_to - fields.Datetime.now()
        params = {"holder": record.name, "until": format_date(self.env, record.valid_to), "days": left.days}
        told = _("%(holder)s, valid until %(until)s (%(days)s days left).", **params)
        if opened.cnpj and opened.cnpj != self._fbr_tax_id():
            told += " " + _("It is the head office's, with the same CNPJ root: it serves this branch too.")
        if record.throwaway:
            told += " " + _("Issued by the simulator: it is worth nothing at SEFAZ.")
        if left <= EXPIRING:
            told += " " + _("Renew it now.")
        state = WARNING if left <= EXPIRING else DONE
        return ChecklistLine("certificate", "sending", label, state, told, _("Upload"))

    def _fbr_check_authorizer_line(self):
        """Whether the simulator runs. SEFAZ itself is asked by the button only: that may take ten seconds."""
        _ = self.env._
        label = _("Connection")
        if self.fbr_environment != Environment.SIMULATOR:
            told = _("Ask SEFAZ whether it answers and accepts the certificate.")
            return ChecklistLine("authorizer", "sending", label, DONE, told, _("Test"))
        try:
            running = simulator_service.running(self.env)
        except UserError as error:
            return ChecklistLine("authorizer", "sending", label, MISSING, str(error))
        if running:
            told = _("The SEFAZ simulator is running.")
            return ChecklistLine("authorizer", "sending", label, DONE, told, _("Test"))
        told = _("The SEFAZ simulator is not running.")
        return ChecklistLine("simulator", "sending", label, MISSING, told, _("Start"))

    def _fbr_check_series_line(self) -> Iterator[ChecklistLine]:
        """Series and next number of the journal that invoices go to."""
        _ = self.env._
        label = _("Series and number")
        journal = self._fbr_sale_journal()
        if not journal:
            told = _("There is no sales journal: load the Brazilian chart of accounts first.")
            yield ChecklistLine("journal", "sending", label, MISSING, told)
            return
        try:
            series = self.env["faturamento_br.document"]._series_of(journal)
        except UserError as error:
            yield ChecklistLine("journal", "sending", label, MISSING, str(error), _("Change"))
            return
        number = self._fbr_next_number(series)
        told = _("Series %(series)s, next number %(number)s.", series=series, number=number)
        fresh = number == 1 and self.fbr_environment == Environment.PRODUCTION
        if fresh:
            told += " " + _("Did another system issue NF-e before? Continue its numbering, or use a new series.")
        yield ChecklistLine(
            "series", "sending", label, WARNING if fresh else DONE, told, _("Continue a former system's numbering")
        )

    def _fbr_sale_journal(self):
        """The journal that this company's customer invoices go to by default; empty without any."""
        domain = self.env["account.journal"]._check_company_domain(self)
        journals = self.env["account.journal"].sudo().search([*domain, ("type", "=", "sale")])
        return journals.sorted(lambda journal: journal.company_id != self)[:1]

    def _fbr_next_number(self, series):
        """The number that the next NF-e of ``series`` takes in the company's environment."""
        counter = (
            self.env["faturamento_br.series"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self._fbr_numbering_company().id),
                    ("model", "=", "55"),
                    ("environment", "=", self.fbr_environment),
                    ("series", "=", series),
                ]
            )
        )
        return counter.next_number or 1

    # --- The first sale -----------------------------------------------------------------------------------------

    def _fbr_check_sale(self) -> Iterator[ChecklistLine]:
        _ = self.env._
        operation = self.env["faturamento_br.operation"]._fbr_default_for(self)
        if not operation:
            told = _("No operation is the default of this company: mark one, or switch NF-e on to get the ready ones.")
        elif not operation.rule_ids:
            told = _("%s has no tax rules: add them.", operation.name)
        else:
            told = _("%(name)s, with %(count)s tax rules.", name=operation.name, count=len(operation.rule_ids))
        ready = bool(operation.rule_ids)
        yield ChecklistLine(
            "operation",
            "sale",
            _("Fiscal operation with tax rules"),
            DONE if ready else MISSING,
            told,
            _("Open") if operation else _("Choose"),
        )
        yield self._fbr_check_product_line()
        yield self._fbr_check_customer_line()
        first = self._fbr_first_document()
        if first:
            day = format_date(self.env, first.authorized_at)
            told = _("%(document)s, authorized on %(day)s.", document=first.display_name, day=day)
        else:
            told = _("Make an invoice, confirm it and issue its NF-e. The tour shows you where.")
        yield ChecklistLine(
            "first",
            "sale",
            _("First NF-e authorized"),
            DONE if first else MISSING,
            told,
            _("Open") if first else _("Make it, step by step"),
        )

    def _fbr_first_document(self):
        """The first NF-e that was authorized in the company's environment; empty before."""
        authorized = [
            ("company_id", "=", self.id),
            ("state", "=", "authorized"),
            ("environment", "=", self.fbr_environment),
        ]
        return self.env["faturamento_br.document"].search(authorized, order="id", limit=1)

    def _fbr_check_product_line(self):
        _ = self.env._
        own, Product = self._fbr_goods_domain(), self.env["product.template"]
        ready = Product.search_count([*own, ("fbr_is_ready", "=", True)])
        waiting = Product.search_count([*own, ("fbr_is_ready", "=", False)])
        if ready and waiting:
            told = _("%(ready)s ready, %(waiting)s not yet.", ready=ready, waiting=waiting)
        elif ready:
            told = _("%s ready.", ready)
        else:
            told = _("Goods need a name, a price and their NCM (8 digits).")
        state = DONE if ready else MISSING
        button = _("Complete them") if waiting else (_("Open") if ready else _("Create"))
        return ChecklistLine("product", "sale", _("First product"), state, told, button, "name")

    def _fbr_check_customer_line(self):
        _ = self.env._
        customer = self.env["res.partner"].search(self._fbr_customer_domain(), limit=1, order="id desc")
        told = customer.display_name or _("A customer needs a CNPJ or CPF, and an address with district, city and CEP.")
        state, button = (DONE, _("Open")) if customer else (MISSING, _("Create"))
        return ChecklistLine("customer", "sale", _("First customer"), state, told, button, "name")

    def _fbr_goods_domain(self):
        """The goods that this company may sell."""
        return [("sale_ok", "=", True), ("type", "=", "consu"), ("company_id", "in", [False, *self.parent_ids.ids])]

    def _fbr_customer_domain(self):
        """Partners that an NF-e can be made out to: not this database's own companies and users."""
        return [
            ("vat", "!=", False),
            ("city_id", "!=", False),
            ("street2", "!=", False),
            ("street", "!=", False),
            ("country_id.code", "=", "BR"),
            ("user_ids", "=", False),
            ("company_id", "in", [False, self.id]),
            ("ref_company_ids", "=", False),
        ]
