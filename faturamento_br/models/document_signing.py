import base64
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import api, models
from odoo.exceptions import LockError, UserError

from ..fiscal import access_key, schema, sign, states
from ..fiscal.documents import document_type
from ..fiscal.problems import Problem, _
from ..fiscal.taxes import engine
from .located_problem import one_a_field


class Document(models.Model):
    """From an invoice to signed bytes, or to the whole list of what is missing."""

    _inherit = "faturamento_br.document"

    @api.model
    def _open_for(self, source):
        """The document of ``source`` in its company's environment; makes it, taking a number, when there is none.

        A document of another environment stays as it is, with its bytes: it never becomes this one. So does one that
        was cancelled or voided, and one whose number turned out to be another system's.
        """
        environment = source.company_id.fbr_environment
        document = source.fbr_document_ids.filtered(
            lambda d: (
                d.environment == environment
                and d.state not in states.FINAL
                and not (d.superseded_by_id or d._lost_its_number())
            )
        )[:1]
        return document._in_present_form() if document else self._take_number(source)

    @api.model
    def _take_number(self, source):
        """A new document of ``source``, with the next number."""
        environment = source.company_id.fbr_environment
        series = self._series_of(source.journal_id)
        number = self.env["faturamento_br.series"]._of(source.company_id, "55", environment, series)._take()
        return self.create(
            {
                **source._fbr_document_link(),
                "company_id": source.company_id.id,
                "environment": environment,
                "series": series,
                "number": number,
                "numeric_code": access_key.draw_numeric_code(number),
                "partner_id": source._fbr_recipient().id,
            }
        )

    @api.model
    def _series_of(self, journal):
        """The series that a journal's invoices are issued in: 1 unless it says another."""
        serial = (journal.l10n_br_invoice_serial or "1").strip()
        if not (serial.isascii() and serial.isdecimal() and int(serial) <= 889):
            raise UserError(
                self.env._(
                    'The series "%(serial)s" of the journal %(journal)s cannot be an NF-e\'s: it is a number from 0 to '
                    "889. Change it in the journal.",
                    serial=serial,
                    journal=journal.name,
                )
            )
        return int(serial)

    def _sign(self):
        """Check everything, then build, sign and keep the bytes of a new attempt.

        Nothing is built before all problems are known; they are written on the document, all at once.

        :return: True when the document is signed now; False when problems keep it from that.
        """
        self.ensure_one()
        if self.state in ("rejected", "signed"):
            self._apply("fix")
        self._take_present_form()
        self.problem_ids.unlink()
        invoice, signer, found = self._check()
        if found:
            self._note_problems(found)
            return False
        kind = document_type(self.model)
        taxed = engine.tax_invoice(invoice)
        self._check_against_journal(taxed)
        built = kind.build(taxed)
        signed = sign.sign(built.element, signer)
        if wrong := schema.validate(signed, kind.schema):
            self._note_problems(self._source()._fbr_locate(wrong))
            return False
        self._note_signed(self._keep(taxed, built, signed))
        self._note_problems(self._source()._fbr_locate(built.cut))
        return True

    def _lock_alone(self):
        """Nobody else works on these until the transaction ends; of two at the same moment, the second is told.

        :raises UserError: somebody else is at it.
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            names = ", ".join(self.mapped("display_name"))
            message = self.env._("%s: somebody else is working on it right now. Look again in a moment.", names)
            raise UserError(message) from error

    def _reopen(self):
        """Take back documents that are signed and surely not with the authorizer: their invoice will change.

        :raises UserError: somebody else is at it, or a sending without an answer is too fresh for a query to prove that
            it never arrived.
        """
        self._lock_alone()
        # Written even where nothing changes: who issues at this moment, seeing the invoice posted, loses the race.
        self.write({"next_try_at": False})
        signed = self.filtered(lambda document: document.state == "signed")
        for document in signed:
            if document._may_still_arrive():
                raise UserError(
                    self.env._(
                        "%s was sent moments ago and the authorizer may still be working on it: try again in a few "
                        "minutes.",
                        document.display_name,
                    )
                )
        signed._apply("fix")

    def _check(self):
        """Everything that is known to be wrong, all at once, before anything is built.

        :return: the invoice as the core sees it, the opened certificate (None when it cannot be used), and the
            located problems.
        """
        self.ensure_one()
        source, company = self._source(), self.company_id
        kind = document_type(self.model)
        invoice = replace(
            source._fbr_spec(
                environment=company._fbr_checked_environment(),
                series=self.series,
                number=self.number,
                numeric_code=self.numeric_code,
                issued_at=source._fbr_issued_at(self._now_at_authorizer()),
            ),
            **self._form_values(),
        )
        taxes = source._fbr_tax_problems()
        limits = filter(None, [self._repeated_problem()])
        found = [*taxes, *source._fbr_trade_problems(), *source._fbr_locate([*kind.problems(invoice), *limits])]
        if not taxes:
            found += source._fbr_locate(kind.amount_problems(engine.tax_invoice(invoice)))
        signer = None
        try:
            signer = company._fbr_load_certificate()
        except UserError as error:
            unusable = Problem("certificate", "emitter.certificate", _("%(reason)s"), params={"reason": str(error)})
            found += source._fbr_locate([unusable])
        return invoice, signer, one_a_field(found)

    def _check_against_journal(self, taxed):
        """The XML and the books must say the same amount to the cent; a difference is our defect, never sent."""
        source = self._source()
        booked = Decimal(str(source.currency_id.round(source.amount_total)))
        if booked != taxed.totals.payable:
            raise UserError(
                self.env._(
                    "%(invoice)s: the journal says %(booked)s and the NF-e would say %(computed)s. Nothing was sent. "
                    "Reset the invoice to draft and confirm it again, so that its taxes are computed anew.",
                    invoice=source.display_name,
                    booked=booked,
                    computed=taxed.totals.payable,
                )
            )

    def _keep(self, taxed, built, signed):
        """Store the attempt, what was signed, and move to ``signed``; returns the attempt."""
        invoice, totals = taxed.invoice, taxed.totals
        attempt = self.env["faturamento_br.document.attempt"].create(
            {
                "document_id": self.id,
                "sequence": len(self.attempt_ids) + 1,
                "access_key": built.access_key,
                "signed_xml": base64.b64encode(signed),
            }
        )
        self.item_ids.unlink()
        self.party_ids.unlink()
        Item, Party = self.env["faturamento_br.document.item"], self.env["faturamento_br.document.party"]
        source = self._source()
        why, link = source._fbr_kept_explanations(taxed.items), source._fbr_lines()._fbr_item_link
        Item.create(
            [
                {
                    "document_id": self.id,
                    "explanation": why.get(each.item.ref),
                    **Item._values(number, each, link),
                }
                for number, each in enumerate(taxed.items, start=1)
            ]
        )
        roles = {"emitter": invoice.emitter, "recipient": invoice.recipient, "carrier": invoice.transport.carrier}
        Party.create([{"document_id": self.id, **Party._values(role, party)} for role, party in roles.items() if party])
        self._apply(
            "sign",
            access_key=built.access_key,
            issued_at=invoice.issued_at.astimezone(ZoneInfo("UTC")).replace(tzinfo=None),
            issue_date=invoice.issued_at.date(),
            nature=invoice.nature,
            partner_id=self._source()._fbr_recipient().id,
            cStat=False,
            xMotivo=False,
            next_try_at=False,
            amount_total=float(totals.payable),
            amount_products=float(totals["vProd"]),
            amount_icms=float(totals["vICMS"]),
            amount_ipi=float(totals["vIPI"]),
            amount_pis=float(totals["vPIS"]),
            amount_cofins=float(totals["vCOFINS"]),
            amount_ibs=float(totals["vIBS"]),
            amount_cbs=float(totals["vCBS"]),
        )
        return attempt

    def _note_signed(self, attempt):
        """Who had it signed, for the audit trail."""
        detail = self.env._(
            "%(environment)s, attempt %(attempt)s, key %(key)s",
            environment=dict(self._environments())[self.environment],
            attempt=attempt.sequence,
            key=self.access_key,
        )
        self.env["faturamento_br.audit_entry"]._note("issue", self, detail)

    def _note_problems(self, located, attempt=None):
        """Write problems on the document, in the user's language, each with the record to mend."""
        self.env["faturamento_br.document.problem"].create(
            [
                {
                    "document_id": self.id,
                    "attempt_id": attempt.id if attempt else False,
                    "code": found.problem.code,
                    "path": found.problem.path,
                    "message": found.message(self.env),
                    "cure": found.cure(self.env),
                    "res_model": found.record._name if found.record else False,
                    "res_id": found.record.id if found.record else False,
                    "res_field": found.field or False,
                }
                for found in located
            ]
        )
