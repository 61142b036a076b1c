import base64
import io
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.exceptions import UserError

from ..fiscal.archive.check import Archive
from ..fiscal.problems import Problem, _
from ..models.document_export import EXPORTED_STATES
from ..models.keeping_check import MOST_FINDINGS
from ..models.problem_text import text_of

NOT_KEPT = _("The database keeps no such file.")
ANOTHER_COMPANY = _("The ZIP is of CNPJ %(cnpj)s, not of this company.")
VOIDED_NOT_IN_ZIP = _(
    "The database has these voided numbers in this month, and the ZIP has no proof of it: export it again."
)
NOT_IN_ZIP = _("The database has this document in this month, and the ZIP has not.")
OTHER_SITUATION = _("It is %(zip)s in the ZIP and %(now)s in the database: export the month again.")
OTHER_TOTAL = _("The XML says %(zip)s, the database %(now)s.")


class ExportCheck(models.TransientModel):
    """The restore test: could the month be given back from this ZIP, bit by bit?

    Every file's hash is compared with the list in the ZIP and with what the database keeps, every XML is verified
    (schema, key, signature, sums, protocol), every total compared with the document.
    """

    _name = "faturamento_br.export.check"
    _description = "Check a ZIP of fiscal documents"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    zip = fields.Binary("ZIP", required=True, attachment=False)
    zip_name = fields.Char()
    mend = fields.Boolean(
        "Give back what is missing",
        help="A kept file that is gone or altered is written anew from the ZIP, if its SHA-256 is the one kept.",
    )

    def action_check(self):
        """Read the whole ZIP and write the report.

        :return: an action that shows it.
        """
        self.ensure_one()
        self.env["faturamento_br.export"]._check_may_export()
        if self.mend:
            self.env["faturamento_br.keeping_check"]._check_accountant()
        if self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose a company that you work in."))
        report = self._check(io.BytesIO(base64.b64decode(self.zip)))
        return report._get_records_action(name=self.env._("Restore test"))

    def _check(self, file):
        """The report on ``file``, a ZIP opened for reading; one file of it is in memory at a time."""
        report = (
            self.env["faturamento_br.keeping_check"]
            .sudo()
            .create({"company_id": self.company_id.id, "kind": "zip", "file_name": self.zip_name or "ZIP"})
        )
        archive, found, seen, batch = Archive(file), [], set(), []
        for entry in archive.entries():
            found += [(entry.name, problem, None) for problem in entry.problems]
            batch.append((entry.name, entry.sha256, entry.situation, entry.facts))
            if self.mend:
                self._give_back(entry)
            if len(batch) == 100:
                found += self._compare(batch, seen)
                batch.clear()
        found += self._compare(batch, seen)
        found += [
            (archive_problem.path or report.file_name, archive_problem, None) for archive_problem in archive.problems
        ]
        found += self._absent(archive.manifest, seen)
        voided = "\n".join(text_of(self.env, each.line()) for each in archive.voided)
        report.write({"total": archive.files, "files_read": archive.files, "voided": voided})
        self.env["faturamento_br.keeping_finding"].sudo().create(
            [
                {
                    "check_id": report.id,
                    "kind": "zip",
                    "name": name,
                    "message": text_of(self.env, problem),
                    "document_id": document and document.id,
                }
                for name, problem, document in found[:MOST_FINDINGS]
            ]
        )
        report._finish()
        return report.sudo(False)

    def _compare(self, batch, seen):
        """What the database says otherwise of these files of the ZIP."""
        found = []
        Kept = self.env["faturamento_br.kept_file"].sudo()
        hashes = [sha256 for _name, sha256, _situation, _facts in batch]
        known = Kept.search([("company_id", "=", self.company_id.id), ("sha256", "in", hashes)])
        by_hash = {kept.sha256: kept for kept in known}
        for name, sha256, situation, facts in batch:
            kept = by_hash.get(sha256)
            if not kept:
                found.append((name, Problem("zip_not_kept", name, NOT_KEPT), None))
                continue
            document = kept.document_id
            now = document.state or kept.voiding_id.state
            seen.add(document or kept.voiding_id)
            if situation != now:
                params = {"zip": self._said(situation), "now": self._said(now)}
                found.append((name, Problem("zip_situation", name, OTHER_SITUATION, params=params), document))
            now = Decimal(f"{document.amount_total:.2f}")
            if facts and facts.total != now:
                params = {"zip": facts.total, "now": now}
                found.append((name, Problem("zip_total", name, OTHER_TOTAL, params=params), document))
        return found

    def _said(self, state):
        names = dict(self.env["faturamento_br.document"]._fields["state"]._description_selection(self.env))
        return names.get(state, state).lower()

    def _absent(self, manifest, seen):
        """Documents of the month that the ZIP ought to have."""
        cnpj = manifest.get("cnpj")
        if cnpj and cnpj != self.company_id._fbr_tax_id():
            return [("manifesto.json", Problem("zip_company", "", ANOTHER_COMPANY, params={"cnpj": cnpj}), None)]
        month = _month(manifest.get("month"))
        if not month or manifest.get("supplement"):
            return []
        documents = (
            self.env["faturamento_br.document"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("environment", "=", manifest.get("environment")),
                    ("state", "in", EXPORTED_STATES),
                    ("xml_attachment_id", "!=", False),
                    ("issue_date", ">=", month),
                    ("issue_date", "<", month + relativedelta(months=1)),
                    ("id", "not in", [each.id for each in seen if each._name == "faturamento_br.document"]),
                ],
                limit=MOST_FINDINGS,
            )
        )
        Voiding = self.env["faturamento_br.voiding"].sudo()
        voidings = Voiding._to_export(self.company_id, month, manifest.get("environment"))
        return [
            *((each._label(), Problem("zip_absent", "", NOT_IN_ZIP), each) for each in documents),
            *(
                (each.display_name, Problem("zip_absent", "", VOIDED_NOT_IN_ZIP), None)
                for each in voidings
                if each not in seen
            ),
        ]

    def _give_back(self, entry):
        """Write a kept file anew whose bytes are gone or altered, from a file with the very hash that was kept."""
        kept = (
            self.env["faturamento_br.kept_file"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("sha256", "=", entry.sha256),
                    ("attachment_id", "!=", False),
                    ("state", "!=", "ok"),
                ]
            )
        )
        for each in kept:
            each._restore(entry.data)


def _month(text):
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
