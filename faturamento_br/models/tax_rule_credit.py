from odoo import api, fields, models

#: The key of ready rules of the credit of Simples, made by the set-up.
CREDIT = "simples_credit"


class TaxRule(models.Model):
    """The ICMS credit that a company of Simples gives: a dated rule for each month whose rate it said."""

    _inherit = "faturamento_br.tax_rule"

    @api.model
    def _fbr_give_credit(self, companies, rate, first_day):
        """From ``first_day`` on contributors who resell or industrialise get a credit of ``rate`` per cent (CSOSN 101).

        One dated rule for each ready rule of CSOSN 102, with its CFOP; those of the months before end the day before.
        A rate of zero gives no credit any more (LC 123/2006 art. 23 §4).
        """
        day_before = fields.Date.subtract(first_day, days=1)
        for company in companies:
            given = self.search([("company_id", "=", company.id), ("generated_key", "=", CREDIT)])
            given.filtered(lambda rule: rule.valid_from >= first_day).unlink()
            for rule in given.exists().filtered(lambda rule: not rule.valid_to or rule.valid_to >= first_day):
                rule.write({"valid_to": day_before, "generated_key": CREDIT})
            ready = self.search(
                [
                    *(("company_id", "=", company.id), ("icms_csosn", "=", "102"), ("operation_id", "!=", False)),
                    *(("generated_key", "!=", False), ("contributor", "!=", "no"), ("final_consumer", "!=", "yes")),
                    *(("scope", "!=", "abroad"), ("valid_from", "=", False)),
                ]
            )
            if rate:
                self.create([{**rule.copy_data()[0], **_credit_values(rule, rate, first_day)} for rule in ready])

    @api.model
    def _fbr_refresh_generated(self, companies):
        """A company that leaves Simples gives no credit of it."""
        result = super()._fbr_refresh_generated(companies)
        left = companies.filtered(lambda company: company.fbr_crt != "1")
        self.search([("company_id", "in", left.ids), ("generated_key", "=", CREDIT)]).active = False
        return result


def _credit_values(rule, rate, first_day):
    """What a rule of the credit says otherwise than the ready one."""
    return {
        "active": True,
        "generated_key": CREDIT,
        "operation_id": rule.operation_id.id,
        "cfop": False,
        "pis_cst": False,
        "cofins_cst": False,
        "ibs_cbs_cst": False,
        "ibs_cbs_class": False,
        "contributor": "yes",
        "final_consumer": "no",
        "icms_csosn": "101",
        "icms_credit_rate": rate,
        "valid_from": first_day,
        "source": "LC 123/2006, art. 23, §§ 1 e 2; Resolução CGSN 140/2018, art. 60",
    }
