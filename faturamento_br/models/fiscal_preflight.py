from zoneinfo import ZoneInfo

from odoo import fields, models

from ..fiscal import access_key, schema, timezones
from ..fiscal.documents import document_type
from ..fiscal.taxes import engine
from .located_problem import one_a_field

MODEL = "55"
#: A number no document has yet, nor one that this one refers to: the real one is only taken when it is confirmed.
DUMMY_NUMBER = 999_999_999
#: More problems of one kind than this are told together, with a list of what to mend.
TOLD_APART = 3
NAMED = 8


class FiscalSource(models.AbstractModel):
    """Everything that would keep the NF-e of an order or draft invoice from going out, told before it has a number."""

    _inherit = "faturamento_br.fiscal.source"

    def _fbr_preflight(self):
        """All that issuing would find wrong if this document were invoiced and issued now.

        The taxes, what is said beside them, the business rules and, when nothing else is wrong, the XSD.

        :return: located problems, and those that stop nothing (texts that would be cut, an expired table of IBPT).
        """
        self.ensure_one()
        source = self.sudo()
        kind = document_type(MODEL)
        taxes = source._fbr_tax_problems()
        found = [*taxes, *source._fbr_trade_problems()]
        invoice = source._fbr_spec(**source._fbr_preflight_head(found))
        found += source._fbr_locate(kind.problems(invoice))
        notes = [*source._fbr_approximate_problems()]
        notes += source._fbr_locate(source._fbr_recipient()._fbr_registry_problems(source.company_id))
        if not taxes and invoice.items:
            taxed = engine.tax_invoice(invoice)
            found += source._fbr_locate(kind.amount_problems(taxed))
            if not found:
                built = kind.build(taxed)
                found += source._fbr_locate(schema.validate_unsigned(built.element, kind.schema))
                notes += source._fbr_locate(built.cut)
        return self._fbr_for_user(self.env, one_a_field(found)), self._fbr_for_user(self.env, notes)

    def _fbr_preflight_head(self, found):
        """What a document has and an order or draft has not: series, number, code and moment."""
        company = self.company_id
        number = DUMMY_NUMBER
        return {
            "environment": company.fbr_environment,
            "series": self._fbr_preflight_series(found),
            "number": number,
            "numeric_code": access_key.draw_numeric_code(number),
            "issued_at": self._fbr_preflight_moment(),
        }

    def _fbr_preflight_series(self, _found):
        return 1

    def _fbr_preflight_moment(self):
        """dhEmi if it were issued now, in the company's legal time."""
        zone = ZoneInfo(timezones.of(self.company_id.state_id.code))
        now = fields.Datetime.now().replace(microsecond=0, tzinfo=ZoneInfo("UTC"))
        return now.astimezone(zone)

    # --- As alerts ----------------------------------------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        """While somebody types, the alerts on the screen stay: at each change Odoo reads all of the saved record, and
        a pre-flight takes longer than the rest of it."""
        typing = self.with_context(fbr_typing=True)
        return super(FiscalSource, typing).onchange(values, field_names, fields_spec)

    def _fbr_preflight_alerts(self, level):
        """The problems for Odoo's alerts above a form, each with the way to the record to mend.

        Records of one kind that lack the same thing are told together: forty products without NCM are one alert, and
        its button opens their list.

        :param level: of an alert: ``warning`` where one may go on, ``danger`` where not.
        """
        if self.env.context.get("fbr_typing"):
            return {}
        problems, notes = self._fbr_preflight()
        together = {}
        for found in problems:
            together.setdefault((found.problem.code, found.field, found.record._name), []).append(found)
        alerts = {}
        for same in together.values():
            records = {found.record for found in same}
            if len(records) > TOLD_APART:
                alerts[f"fbr_preflight_{len(alerts)}"] = self._fbr_alert_of_many(same, level)
            else:
                for found in same:
                    alerts[f"fbr_preflight_{len(alerts)}"] = self._fbr_alert_of_one(found, level)
        for found in notes:
            alerts[f"fbr_preflight_{len(alerts)}"] = self._fbr_alert_of_one(found, "info")
        return alerts

    def _fbr_alert_of_one(self, found, level):
        text = "\n".join(filter(None, (found.message(self.env), found.cure(self.env))))
        alert = {"level": level, "message": text}
        if found.record != self:
            alert |= {
                "action_text": self.env._("Mend: %s", found.record.sudo().display_name),
                "action": found.action(),
            }
        return alert

    def _fbr_alert_of_many(self, same, level):
        records = same[0].record.union(*(found.record for found in same))
        texts = list(dict.fromkeys(found.message(self.env) for found in same))
        if len(texts) > NAMED:
            texts = [*texts[:NAMED], self.env._("… and %s more.", len(texts) - NAMED)]
        cure = same[0].cure(self.env)
        return {
            "level": level,
            "message": "\n".join(filter(None, (*texts, cure))),
            "action_text": self.env._("Mend %(count)s of them in a list", count=len(records)),
            "action": {
                "type": "ir.actions.act_window",
                "name": self.env._("To be mended"),
                "res_model": records._name,
                "view_mode": "list,form",
                "domain": [("id", "in", records.ids)],
                "target": "current",
            },
        }
