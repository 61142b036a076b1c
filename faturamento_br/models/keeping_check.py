from datetime import timedelta
from math import ceil

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: In how many days every kept file is read once, unless the parameter says otherwise.
DAYS = 30
DAYS_PARAMETER = "faturamento_br.keeping_days"
BATCH = 200
MOST_FINDINGS = 1000
#: After so long a document without its nfeProc is no longer merely on its way.
LATE = timedelta(hours=12)


class KeepingCheck(models.Model):
    """A report: whether what must be kept is still there, bit by bit.

    The daily one verifies the whole chain of hashes in the database, and reads from the store what is new, what was
    wrong, and so much of the rest that every file is read once within :data:`DAYS` days. It works in batches, commits
    after each, and goes on where it stopped. The one of a ZIP tells whether an export could be restored.
    """

    _name = "faturamento_br.keeping_check"
    _description = "Check of kept files"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "started_at desc, id desc"

    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [("daily", "Daily check"), ("zip", "Restore test of a ZIP")], required=True, default="daily", readonly=True
    )
    date = fields.Date(required=True, default=fields.Date.context_today, readonly=True)
    started_at = fields.Datetime("Started", required=True, default=fields.Datetime.now, readonly=True)
    finished_at = fields.Datetime("Finished", readonly=True)
    file_name = fields.Char("ZIP", readonly=True)
    total = fields.Integer("Kept files", readonly=True, help="What the company keeps, or what the ZIP holds.")
    to_read = fields.Integer("To read", readonly=True, help="How many of them are read in this check.")
    files_read = fields.Integer("Read", readonly=True)
    chain_length = fields.Integer("Length of the chain", readonly=True)
    chain_head = fields.Char("Last hash", readonly=True, help="A later check proves that it is still there.")
    voided = fields.Text("Voided numbers", readonly=True, help="Those whose proof the ZIP holds.")
    finding_ids = fields.One2many("faturamento_br.keeping_finding", "check_id", "What is wrong", readonly=True)
    wrong = fields.Integer(compute="_compute_wrong", store=True)
    state = fields.Selection(
        [("running", "Running"), ("right", "All right"), ("wrong", "Something is wrong")],
        compute="_compute_wrong",
        store=True,
    )

    @api.depends("date", "kind", "file_name")
    def _compute_display_name(self):
        for check in self:
            check.display_name = check.file_name or self.env._("Kept files, %s", format_date(self.env, check.date))

    @api.depends("finding_ids", "finished_at")
    def _compute_wrong(self):
        for check in self:
            check.wrong = len(check.finding_ids)
            check.state = "running" if not check.finished_at else "wrong" if check.wrong else "right"

    def action_check_now(self):
        """Start the job; what it finds appears here."""
        self._check_accountant()
        self.env.ref("faturamento_br.cron_keeping").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._("The check has started. Its report appears in this list in a moment."),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_accountant(self):
        if not (self.env.su or self.env.user.has_group("account.group_account_manager")):
            raise UserError(self.env._("Only who manages the accounting may do this."))

    # --- The daily job ------------------------------------------------------------------------------------------

    @api.model
    def _cron_check(self):
        """Check the kept files of every company: one report a company and day, or the one that was interrupted."""
        Kept, Cron = self.env["faturamento_br.kept_file"], self.env["ir.cron"]
        while Kept._adopt():
            self.env.invalidate_all()
            if not Cron._commit_progress(1, remaining=1):
                return
        Kept._seal_all()
        self.env.cr.execute("SELECT DISTINCT company_id FROM faturamento_br_kept_file ORDER BY company_id")
        for (company_id,) in self.env.cr.fetchall():
            check = self._todays(self.env["res.company"].browse(company_id))
            while not check.finished_at:
                check._read_batch()
                self.env.invalidate_all()
                if not Cron._commit_progress(1, remaining=0 if check.finished_at else 1):
                    return

    @api.model
    def _todays(self, company):
        """The report that is still running; a new one when there is none, which begins with the chain."""
        running = self.search(
            [("company_id", "=", company.id), ("kind", "=", "daily"), ("finished_at", "=", False)], limit=1
        )
        return running or self._begin(company)

    @api.model
    def _begin(self, company):
        Kept = self.env["faturamento_br.kept_file"]
        total = Kept.search_count([("company_id", "=", company.id)])
        urgent = Kept.search_count(
            [("company_id", "=", company.id), "|", ("checked_at", "=", False), ("state", "!=", "ok")]
        )
        days = max(int(self.env["ir.config_parameter"].sudo().get_param(DAYS_PARAMETER, DAYS)), 1)
        before = self.search(
            [("company_id", "=", company.id), ("kind", "=", "daily"), ("chain_length", ">", 0)], limit=1
        )
        broken, length, head = Kept._broken_links(company)
        check = self.create(
            {
                "company_id": company.id,
                "total": total,
                "to_read": min(urgent + ceil((total - urgent) / days), total),
                "chain_length": length,
                "chain_head": head,
            }
        )
        check._find("chain", Kept.browse(broken))
        if before and Kept._link_at(company, before.chain_length) != before.chain_head:
            check._find_chain_cut(before)
        check._find_without_file()
        return check

    def _read_batch(self):
        """Read the next files from the store; the last batch finishes the report."""
        Kept = self.env["faturamento_br.kept_file"]
        company = ("company_id", "=", self.company_id.id)
        due = [company, "|", ("checked_at", "=", False), ("checked_at", "<", self.started_at)]
        limit = min(self.to_read - self.files_read, BATCH)
        files = Kept.search(due, order="checked_at nulls first, id", limit=limit)
        if not self.files_read:
            files |= Kept.search([company, ("state", "!=", "ok")], limit=MOST_FINDINGS)
        now = fields.Datetime.now()
        for state, each in self._judged(files).items():
            each.write({"state": state, "checked_at": now})
            if state != "ok":
                self._find(state, each)
        self.files_read += len(files)
        if not files or self.files_read >= self.to_read:
            self._finish()

    def _judged(self, files):
        """These by the state they deserve; the bytes of one at a time are in memory."""
        judged = {"ok": files.browse(), "missing": files.browse(), "altered": files.browse()}
        for kept in files:
            judged[kept._verdict()] |= kept
            (kept.attempt_id or kept.attachment_id).invalidate_recordset(flush=False)
        return {state: each for state, each in judged.items() if each}

    def _find(self, kind, files):
        room = max(MOST_FINDINGS - len(self.finding_ids), 0)
        self.env["faturamento_br.keeping_finding"].create(
            [
                {
                    "check_id": self.id,
                    "kind": kind,
                    "name": kept.name,
                    "kept_file_id": kept.id,
                    "document_id": kept.document_id.id,
                }
                for kept in files[:room]
            ]
        )

    def _find_chain_cut(self, before):
        name = self.env._("Link %(place)s of %(date)s", place=before.chain_length, date=before.date)
        self.env["faturamento_br.keeping_finding"].create({"check_id": self.id, "kind": "cut", "name": name})

    def _find_without_file(self):
        """Documents that were authorized, and voided numbers, whose nfeProc or procInutNFe nobody keeps."""
        self.env["faturamento_br.document"].flush_model()
        self.env.cr.execute(
            "SELECT d.id FROM faturamento_br_document d WHERE d.company_id = %s"
            " AND d.state IN ('authorized', 'cancelled') AND d.protocolo IS NOT NULL AND d.authorized_at < %s"
            " AND NOT EXISTS (SELECT 1 FROM faturamento_br_kept_file k WHERE k.document_id = d.id"
            " AND k.kind = 'authorized') ORDER BY d.id LIMIT %s",
            [self.company_id.id, fields.Datetime.now() - LATE, MOST_FINDINGS],
        )
        documents = self.env["faturamento_br.document"].browse(row[0] for row in self.env.cr.fetchall())
        self.env["faturamento_br.keeping_finding"].create(
            [
                {"check_id": self.id, "kind": "no_file", "name": document._label(), "document_id": document.id}
                for document in documents
            ]
        )
        proofs = self.env["faturamento_br.kept_file"].search(
            [("company_id", "=", self.company_id.id), ("voiding_id", "!=", False)]
        )
        voidings = self.env["faturamento_br.voiding"].search(
            [
                *(("company_id", "=", self.company_id.id), ("state", "=", "voided")),
                ("id", "not in", proofs.voiding_id.ids),
            ]
        )
        self.env["faturamento_br.keeping_finding"].create(
            [{"check_id": self.id, "kind": "no_proof", "name": each.display_name} for each in voidings]
        )

    # --- Telling ------------------------------------------------------------------------------------------------

    def _finish(self):
        """The report is complete: who keeps the books is told when something is wrong; older calls are over."""
        self.finished_at = fields.Datetime.now()
        kind = "mail.mail_activity_data_todo"
        older = self.search([("company_id", "=", self.company_id.id), ("id", "!=", self.id), ("kind", "=", self.kind)])
        older.filtered("activity_ids").activity_unlink([kind])
        if not self.finding_ids:
            return
        for user in self.company_id._fbr_accounting_managers():
            told = self.with_context(lang=user.lang)
            told.activity_schedule(
                kind,
                user_id=user.id,
                summary=told.env._("Kept XML files: %s wrong", self.wrong),
                note=told.env._("Open the report: it names each file, and says how to get it back."),
            )


class KeepingFinding(models.Model):
    """One thing that a check found wrong."""

    _name = "faturamento_br.keeping_finding"
    _description = "Wrong kept file"
    _order = "check_id desc, kind, name, id"

    check_id = fields.Many2one("faturamento_br.keeping_check", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="check_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [
            ("missing", "The file is gone"),
            ("altered", "The file was changed"),
            ("chain", "Its row was changed"),
            ("cut", "Rows at the end of the chain are gone"),
            ("no_file", "Authorized, but its XML was never kept"),
            ("no_proof", "Voided, but the proof was never kept"),
            ("zip", "The ZIP is not right"),
        ],
        "What is wrong",
        required=True,
    )
    name = fields.Char("File", required=True)
    message = fields.Char("Details")
    kept_file_id = fields.Many2one("faturamento_br.kept_file", ondelete="cascade", index="btree_not_null")
    document_id = fields.Many2one(
        "faturamento_br.document", "Fiscal document", ondelete="cascade", index="btree_not_null"
    )
    cure = fields.Char("What to do", compute="_compute_cure")

    @api.depends("kind")
    @api.depends_context("lang")
    def _compute_cure(self):
        back = self.env._("Give it back from a monthly ZIP (Check a ZIP, “Give back what is missing”) or a backup.")
        cures = {
            "missing": back,
            "altered": back,
            "chain": self.env._("Somebody wrote in the database: compare with a backup, and find out who has access."),
            "cut": self.env._("Rows were deleted, or an older backup is running: compare with the latest backup."),
            "no_file": self.env._("Query the document at SEFAZ, or take its XML from SEFAZ's portal by its key."),
            "no_proof": self.env._("Restore a backup that has the file: SEFAZ does not give a voiding's answer again."),
            "zip": self.env._("Export the month again, and keep this ZIP apart until it is known what happened."),
        }
        for finding in self:
            finding.cure = cures.get(finding.kind)

    def action_open(self):
        self.ensure_one()
        if voiding := self.kept_file_id.voiding_id:
            return voiding._get_records_action(name=self.env._("Voided numbers"))
        return self.document_id._get_records_action(name=self.env._("Fiscal document"))
