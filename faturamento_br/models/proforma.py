from collections import defaultdict

from markupsafe import Markup
from odoo import SUPERUSER_ID, _, api, fields, models
from odoo.exceptions import UserError

from .mail_dialog import mail_dialog

NUMBER = "faturamento_br.proforma"  # the sequence's code: a number of our own, no fiscal one
STATES = [
    ("open", "Waiting for the customer"),
    ("accepted", "Accepted"),
    ("refused", "Refused"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
    ("converted", "Invoiced"),
]
OFFERED = ("open", "accepted", "refused")  # a draft that still waits for its customer
#: The one table of transitions: (act, state before) -> state after.
TRANSITIONS = {
    **{("issue", before): "open" for before in (False, *OFFERED, "expired", "cancelled")},
    ("accept", "open"): "accepted",
    ("refuse", "open"): "refused",
    ("refuse", "accepted"): "refused",
    **{("expire", before): "expired" for before in OFFERED},
    **{("cancel", before): "cancelled" for before in OFFERED},
    **{("convert", before): "converted" for before in (*OFFERED, "expired", "cancelled")},
}


class AccountMove(models.Model):
    """A pro-forma: a draft invoice with a number of its own, a validity, and what was shown to the customer.

    It books nothing and takes no fiscal number; confirming or paying it makes it the invoice.
    """

    _inherit = "account.move"

    fbr_proforma_number = fields.Char("Pro-forma", readonly=True, copy=False)
    fbr_proforma_state = fields.Selection(STATES, "Pro-forma status", readonly=True, copy=False, tracking=True)
    fbr_proforma_until = fields.Date("Valid until", copy=False, tracking=True)
    fbr_proforma_refusal = fields.Char("Reason of refusal", readonly=True, copy=False)
    fbr_proforma_version_ids = fields.One2many("faturamento_br.proforma.version", "move_id", "Versions", readonly=True)
    fbr_proforma_origin_id = fields.Many2one(
        "account.move", "Part of pro-forma", readonly=True, copy=False, index="btree_not_null"
    )
    fbr_proforma_changed = fields.Boolean("Changed since it was sent", compute="_compute_fbr_proforma_changed")

    _fbr_proforma_number_unique = models.UniqueIndex(
        "(company_id, fbr_proforma_number) WHERE fbr_proforma_number IS NOT NULL",
        "Another pro-forma of this company has this number.",
    )
    _fbr_proforma_waiting = models.Index("(fbr_proforma_until) WHERE fbr_proforma_state IN ('open', 'accepted')")

    @api.depends(
        "fbr_proforma_state",
        "fbr_proforma_until",
        "fbr_proforma_version_ids",
        "partner_id",
        "currency_id",
        "invoice_payment_term_id",
        "amount_total",
        "fbr_step_ids.percent",
        "fbr_step_ids.name",
        "fbr_step_ids.date",
        *(f"invoice_line_ids.{name}" for name in ("name", "product_id", "quantity", "price_unit", "discount")),
    )
    def _compute_fbr_proforma_changed(self):
        for move in self:
            last = move._fbr_proforma_last()
            move.fbr_proforma_changed = (
                move.fbr_proforma_state in OFFERED and bool(last) and last.content != move._fbr_proforma_content()
            )

    def _fbr_proforma_last(self):
        """The version that the customer has."""
        return self.fbr_proforma_version_ids.sorted("version")[-1:]

    def _fbr_proforma_content(self):
        """What a customer agrees to, in values that compare: the frozen side of each version.

        Amounts are in the invoice's currency, as text, so that nothing is lost on the way to the database and back.
        """
        self.ensure_one()
        lines = self.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted("sequence")
        return {
            "partner": self.partner_id.id,
            "currency": self.currency_id.name,
            "payment_term": self.invoice_payment_term_id.id,
            "until": fields.Date.to_string(self.fbr_proforma_until),
            "total": self._fbr_money(self.amount_total),
            "lines": [
                [
                    line.product_id.id,
                    line.name or "",
                    str(line.quantity),
                    str(line.price_unit),
                    str(line.discount),
                    self._fbr_money(line.price_total),
                ]
                for line in lines
            ],
        }

    def _fbr_money(self, amount):
        return f"{amount:.{self.currency_id.decimal_places}f}"

    # --- Its state -------------------------------------------------------------------------------------------------

    def _fbr_proforma_apply(self, act, **values):
        """Move along :data:`TRANSITIONS`; the only place that writes the status."""
        for move in self:
            after = TRANSITIONS.get((act, move.fbr_proforma_state))
            if not after:
                labels = dict(move._fields["fbr_proforma_state"]._description_selection(move.env))
                told = labels.get(move.fbr_proforma_state) or _("no pro-forma yet")
                raise UserError(
                    _("%(name)s: that is not possible now (%(state)s).", name=move._fbr_proforma_label(), state=told)
                )
            move.write({"fbr_proforma_state": after, **values})

    def _fbr_proforma_label(self):
        return self.fbr_proforma_number or self.display_name

    def _fbr_proforma_problems(self):
        """What keeps this draft from being offered to its customer; all of it, in words."""
        found = []
        if self.move_type != "out_invoice" or self.state != "draft":
            found.append(_("It is not a draft customer invoice: only a draft can be a pro-forma."))
        if not self.partner_id:
            found.append(_("It has no customer: choose one."))
        if not self.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            found.append(_("It has no lines: add what is offered."))
        elif self.currency_id.compare_amounts(self.amount_total, 0) <= 0:
            found.append(_("Its total is not above zero: check quantities and prices."))
        if self.fbr_proforma_until and self.fbr_proforma_until < self._fbr_today():
            found.append(_("Its validity is in the past: choose a later day, or leave it empty."))
        return found

    def action_fbr_proforma_issue(self):
        """Give the draft its number and validity, and freeze this version of it, PDF and all."""
        for move in self:
            move.check_access("write")
            if move.fbr_proforma_state == "expired":
                move.fbr_proforma_until = False
            if found := move._fbr_proforma_problems():
                told = "\n".join(f"- {each}" for each in found)
                raise UserError(
                    _("%(name)s cannot be a pro-forma yet:\n%(problems)s", name=move.display_name, problems=told)
                )
            number = move.fbr_proforma_number or move.company_id._fbr_next_proforma_number(move._fbr_today())
            until = move.fbr_proforma_until or fields.Date.add(
                move._fbr_today(), days=move.company_id.fbr_proforma_days
            )
            move._fbr_proforma_apply(
                "issue", fbr_proforma_number=number, fbr_proforma_until=until, fbr_proforma_refusal=False
            )
            if not move._fbr_proforma_last() or move.fbr_proforma_changed:
                self.env["faturamento_br.proforma.version"]._freeze(move)
        return True

    def action_fbr_proforma_send(self):
        """Write to the customer, with the PDF of the version in force and the link to accept or pay it."""
        self.ensure_one()
        if not self.fbr_proforma_state or self.fbr_proforma_changed:
            self.action_fbr_proforma_issue()
        template = self.env.ref("faturamento_br.mail_template_proforma")
        return mail_dialog(
            self,
            _("Send the pro-forma"),
            template,
            self._fbr_proforma_last()._copy_to_send(),
            default_email_layout_xmlid="mail.mail_notification_layout",
            force_email=True,
        )

    def action_fbr_proforma_renew(self):
        """Bring an expired or cancelled pro-forma back, with a new validity."""
        for move in self.filtered(lambda each: each.state == "cancel"):
            move.button_draft()
        self.fbr_proforma_until = False
        return self.action_fbr_proforma_issue()

    def action_fbr_proforma_versions(self):
        return self.fbr_proforma_version_ids._get_records_action(name=_("Versions of %s", self.fbr_proforma_number))

    def action_fbr_proforma_preview(self):
        """The customer's own page."""
        self.ensure_one()
        return {"type": "ir.actions.act_url", "target": "self", "url": self._fbr_proforma_url()}

    def _fbr_proforma_url(self, step="", **values):
        token = self._portal_ensure_token()
        more = "".join(f"&{name}={value}" for name, value in values.items())
        return f"/my/proformas/{self.id}{step}?access_token={token}{more}"

    # --- What the customer says --------------------------------------------------------------------------------------

    def _fbr_proforma_payable(self):
        """Whether the customer may accept or pay what they see: in force, unchanged and not billed otherwise."""
        self.ensure_one()
        return (
            self.state == "draft"
            and self.fbr_proforma_state in ("open", "accepted")
            and self.fbr_proforma_until >= self._fbr_today()
            and not self.fbr_proforma_changed
            and not self._fbr_proforma_billed_otherwise()
        )

    def _fbr_proforma_accept(self, author):
        """The customer agrees; told to whom sold it."""
        if not self._fbr_proforma_payable():
            raise UserError(_("This pro-forma is no longer valid: ask for a new one."))
        self._fbr_proforma_apply("accept")
        self._fbr_proforma_answered(author, _("Pro-forma %s accepted.", self.fbr_proforma_number))

    def _fbr_proforma_refuse(self, author, reason):
        self._fbr_proforma_apply("refuse", fbr_proforma_refusal=reason)
        told = _("Pro-forma %(number)s refused: %(reason)s", number=self.fbr_proforma_number, reason=reason or "—")
        self._fbr_proforma_answered(author, told)

    def _fbr_proforma_answered(self, author, text):
        self.message_post(body=text, author_id=author.id, message_type="comment", subtype_xmlid="mail.mt_note")
        self._fbr_proforma_call(text)

    def _fbr_proforma_call(self, note):
        """An activity for whom the pro-forma belongs to."""
        user = self.invoice_user_id or self.create_uid
        its = self.with_user(SUPERUSER_ID) if self.env.user.share else self  # a customer's activity is nobody's to see
        its.activity_schedule("mail.mail_activity_data_todo", note=note, user_id=user.id)

    # --- From pro-forma to invoice --------------------------------------------------------------------------------

    def _fbr_proforma_billed_otherwise(self):
        """Order lines that other invoices already bill, so that this one would bill them twice."""
        self.ensure_one()
        asked = defaultdict(float)
        for line in self.invoice_line_ids.sudo():
            for sold in line.sale_line_ids.filtered(lambda each: not each.is_downpayment):
                counts = self.fbr_proforma_state in OFFERED  # any other draft is in qty_invoiced already
                quantity = line.product_uom_id._compute_quantity(line.quantity, sold.product_uom_id)
                asked[sold] += quantity if counts else 0
        twice = self.env["sale.order.line"]
        for sold, quantity in asked.items():
            most = max(sold.product_uom_qty, sold.qty_delivered)
            if sold.product_uom_id.compare(sold.qty_invoiced + quantity, most) > 0:
                twice |= sold
        return twice

    def _post(self, soft=True):
        """Confirming a pro-forma makes it the invoice, and says in what it differs from what the customer saw."""
        offered = self.filtered(lambda move: move.fbr_proforma_number and move.fbr_proforma_state != "converted")
        for move in offered | self.filtered("fbr_proforma_origin_id"):
            if twice := move._fbr_proforma_billed_otherwise():
                raise UserError(
                    _(
                        "%(name)s would bill twice what other invoices bill already: %(lines)s. Reduce its quantities,"
                        " or cancel it.",
                        name=move._fbr_proforma_label(),
                        lines=", ".join(twice.mapped("display_name")),
                    )
                )
        changes = {move: move._fbr_proforma_changes() for move in offered}
        posted = super()._post(soft)
        for move in offered & posted:
            move._fbr_proforma_apply("convert")
            move._message_log(body=move._fbr_proforma_told(changes[move]))
        (offered & posted)._fbr_proforma_use_advances()
        return posted

    def _fbr_proforma_changes(self):
        """Pairs (what, before, after) between the version that the customer has and this invoice."""
        last = self._fbr_proforma_last()
        before, now = last.content or {}, self._fbr_proforma_content()
        names = {"total": _("Total"), "currency": _("Currency"), "payment_term": _("Payment terms")}
        changes = [(name, before.get(key), now[key]) for key, name in names.items() if before.get(key) != now[key]]
        if before.get("partner") != now["partner"]:
            changes.append((_("Customer"), last.partner_id.display_name, self.partner_id.display_name))
        if before.get("lines") != now["lines"]:
            changes.append((_("Lines"), len(before.get("lines", ())), len(now["lines"])))
        return changes

    def _fbr_proforma_told(self, changes):
        version = self._fbr_proforma_last().version
        if not changes:
            return _(
                "Invoiced as in version %(version)s of pro-forma %(number)s.",
                version=version,
                number=self.fbr_proforma_number,
            )
        intro = _(
            "Invoiced from pro-forma %(number)s; it differs from version %(version)s, which the customer has:",
            number=self.fbr_proforma_number,
            version=version,
        )
        items = Markup("").join(Markup("<li>%s: %s → %s</li>") % change for change in changes)
        return Markup("%s<ul>%s</ul>") % (intro, items)

    def button_cancel(self):
        offered = self.filtered(lambda move: move.fbr_proforma_state in OFFERED)
        result = super().button_cancel()
        offered._fbr_proforma_apply("cancel")
        return result

    @api.ondelete(at_uninstall=False)
    def _fbr_keep_proformas(self):
        """What a customer has seen stays: it is cancelled, not deleted."""
        if shown := self.filtered("fbr_proforma_number"):
            names = ", ".join(shown.mapped("fbr_proforma_number"))
            raise UserError(_("Pro-formas %s were issued and are kept: cancel them instead of deleting them.", names))

    @api.model
    def _cron_fbr_expire_proformas(self):
        """End those whose validity has passed in their company's day; with money received, a person decides."""
        late = self.search([("fbr_proforma_state", "in", OFFERED), ("fbr_proforma_until", "<", fields.Date.today())])
        for move in late.filtered(lambda each: each.fbr_proforma_until < each._fbr_today()):
            if move.state != "draft" or move.fbr_advance_ids:
                continue
            move._fbr_proforma_apply("expire")
            move.button_cancel()
