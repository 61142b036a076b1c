"""From a month's documents to a ZIP: what is in it, in which order, and what the summary tells.

Documents are read in batches, files one by one; what is kept meanwhile are ids and sums.
"""

import tempfile
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from dateutil.relativedelta import relativedelta

from ..fiscal.archive.facts import read_facts, read_voided
from ..fiscal.archive.writer import SUMMARY, ArchiveWriter, folder
from .document_export import EXPORTED_STATES
from .export_journal import Journal
from .export_sheet import SummarySheet

BATCH = 100
ZERO = Decimal("0.00")


class ExportBuilder:
    """The documents and voided numbers of a company, month and environment, in order of series and number."""

    def __init__(self, env, company, month, environment, pending_only=False):
        self.env, self.company, self.month, self.environment = env, company, month, environment
        self.pending_only = pending_only
        env["faturamento_br.document"].flush_model()
        pending = " AND exported_state IS DISTINCT FROM state" if pending_only else ""
        env.cr.execute(
            "SELECT id FROM faturamento_br_document WHERE company_id = %s AND environment = %s AND state IN %s"
            " AND COALESCE(issue_date, create_date) >= %s AND COALESCE(issue_date, create_date) < %s"
            + pending
            + " ORDER BY model, series, number",
            [company.id, environment, EXPORTED_STATES, month, month + relativedelta(months=1)],
        )
        self.ids = [row[0] for row in env.cr.fetchall()]
        self.states = {}
        self.voidings = env["faturamento_br.voiding"]._to_export(company, month, environment, pending_only)

    def batches(self):
        for start in range(0, len(self.ids), BATCH):
            yield self.env["faturamento_br.document"].browse(self.ids[start : start + BATCH])
            self.env.invalidate_all()

    def fill(self, path, supplement=0):
        """Write the ZIP to ``path``.

        :return: values of the export that tell of it.
        :raises OSError: the disk is full, or a kept file cannot be read.
        """
        journal = Journal(self.env, self.company, self.month, self.environment, self.ids if supplement else None)
        count, total = 0, ZERO
        with tempfile.TemporaryDirectory() as place, ArchiveWriter(path) as archive:
            sheet = SummarySheet(self.env, Path(place) / SUMMARY, self.company, self.month, self.environment)
            for proof in self._proofs(archive):
                if proof:
                    sheet.voided(proof)
            for documents in self.batches():
                for document, data in self._files(archive, documents):
                    facts = read_facts(data) if data else None
                    if facts:
                        count += 1
                        total += facts.total
                    sheet.document(document, facts, journal.booked(document, facts))
                    self.states[document.id] = document.state
            sheet.close(journal)
            archive.add_file(SUMMARY, sheet.path)
            archive.add_manifest(
                cnpj=self.company._fbr_tax_id(),
                company=self.company.name,
                month=f"{self.month:%Y-%m}",
                environment=self.environment,
                supplement=supplement,
                documents=count,
                total=str(total),
                voided=[each.identity() for each in sheet.proofs],
            )
        return {
            "documents": len(self.ids),
            "amount_documents": float(journal.documents),
            "amount_journal": float(journal.total),
            "difference": float(journal.difference),
        }

    def _files(self, archive, documents):
        """Write the files of each document; yields it with its nfeProc, ``b""`` where it has none (a number voided)."""
        kept = self.env["faturamento_br.kept_file"].search(
            [("document_id", "in", documents.ids), ("kind", "in", ("authorized", "event"))], order="id"
        )
        files = defaultdict(list)
        for each in kept:
            files[each.document_id.id].append(each)
        for document in documents:
            proc = b""
            for each in files[document.id]:
                data = self._add(archive, each, each.name, document.model, document.series, document.state)
                if each.kind == "authorized":
                    proc = data
                each.attachment_id.invalidate_recordset(flush=False)
            yield document, proc

    def _proofs(self, archive):
        """Write the proof of each voiding; yields what it says, None where it cannot be read."""
        kept = self.env["faturamento_br.kept_file"].search([("voiding_id", "in", self.voidings.ids)])
        files = {each.voiding_id: each for each in kept}
        for voiding in self.voidings:
            series = voiding.series_id
            name = voiding.xml_attachment_id.name or voiding.display_name
            data = self._add(archive, files.get(voiding, kept.browse()), name, series.model, series.series, "voided")
            yield read_voided(data)

    def _add(self, archive, kept, name, *place):
        """Write a kept file into the folder of ``place``; its bytes.

        :raises FileNotFoundError: they are gone.
        """
        data = kept._content() if kept else b""
        if not data:
            raise FileNotFoundError(self.env._("%s is missing from the file store: see Checks of kept files.", name))
        archive.add(f"{folder(*place)}/{name}", data)
        return data

    def mark(self, export):
        """Note on each document with which export it went out, and as what; on each voiding, with which."""
        self.voidings.export_id = export
        by_state = defaultdict(list)
        for document_id, state in self.states.items():
            by_state[state].append(document_id)
        for state, ids in by_state.items():
            self.env.cr.execute(
                "UPDATE faturamento_br_document SET export_id = %s, exported_state = %s WHERE id = ANY(%s)",
                [export.id, state, ids],
            )
        self.env["faturamento_br.document"].invalidate_model(["export_id", "exported_state"])
