from odoo import models
from odoo.exceptions import UserError

#: In these a document has, or may have, fiscal value; what is merely signed or was rejected has none.
BINDING = ("sending", "authorized", "epec", "cancelled", "voided")


class Module(models.Model):
    """Uninstalling deletes fiscal documents, which the law wants kept (Ajuste SINIEF 2/2025: 132 months).

    It is refused until each production document is in a ZIP, as it is now: from then on the company keeps them there.
    """

    _inherit = "ir.module.module"

    def button_uninstall(self):
        doomed = self + self.downstream_dependencies()
        if "faturamento_br" in doomed.mapped("name"):
            self._fbr_check_exported()
        return super().button_uninstall()

    def _fbr_check_exported(self):
        document = self.env["faturamento_br.document"]
        document.flush_model()
        self.env["faturamento_br.voiding"].flush_model()
        self.env.cr.execute(
            "SELECT c.name, count(*) FROM (SELECT company_id FROM faturamento_br_document d"
            " WHERE d.environment = 'production' AND d.state IN %s AND d.exported_state IS DISTINCT FROM d.state"
            " UNION ALL SELECT company_id FROM faturamento_br_voiding v"
            " WHERE v.environment = 'production' AND v.voided_on IS NOT NULL AND v.export_id IS NULL) w"
            " JOIN res_company c ON c.id = w.company_id GROUP BY c.name ORDER BY c.name",
            [BINDING],
        )
        if waiting := self.env.cr.fetchall():
            raise UserError(
                self.env._(
                    "Faturamento BR stays installed: fiscal documents of production were not exported (%(counts)s), "
                    "and uninstalling would delete their XML, which the company must keep for 132 months. Export each "
                    "month first (Customers > XML keeping > Monthly exports), and keep the ZIP files.",
                    counts=", ".join(f"{name}: {count}" for name, count in waiting),
                )
            )
