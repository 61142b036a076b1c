from odoo.tests import tagged
from odoo.tools import SQL

from .taxes_common import TaxesCase

FEW, MANY = 3, 40


@tagged("post_install", "-at_install")
class TestManyDocuments(TaxesCase):
    """What a screen or a job costs does not grow with the documents in the database (figures: bench/many.py)."""

    def add(self, first, last):
        """Authorized documents with an attempt each, of one customer."""
        common = {"company_id": self.company.id, "environment": "simulator", "series": 77, "state": "authorized"}
        documents = (
            self.env["faturamento_br.document"]
            .sudo()
            .create(
                [
                    {
                        **common,
                        "number": number,
                        "numeric_code": "83746152",
                        "access_key": f"{number:044}",
                        "partner_id": self.shop.id,
                        "issue_date": "2026-11-10",
                    }
                    for number in range(first, last)
                ]
            )
        )
        self.env["faturamento_br.document.attempt"].sudo().create(
            [
                {
                    "document_id": document.id,
                    "sequence": 1,
                    "access_key": document.access_key,
                    "signed_xml": b"eA==",
                    "answered_at": self.env.cr.now(),
                    "result": "authorized",
                }
                for document in documents
            ]
        )

    def costs(self):
        """Queries of each, with nothing in the cache."""
        documents = self.env["faturamento_br.document"]
        shown = {"display_name": {}, "partner_id": {"fields": {"display_name": {}}}, "state": {}, "waiting_reason": {}}
        domain = [("series", "=", 77)]
        one = documents.search(domain, limit=1)
        calls = {
            "list": lambda: documents.web_search_read(domain, shown, limit=80),
            "by key": lambda: documents.web_search_read([("access_key", "=", one.access_key)], shown),
            "by customer": lambda: documents.web_search_read([("partner_id", "=", self.shop.id)], shown),
            "form": lambda: one.web_read({**shown, "attempt_ids": {"fields": {"result": {}}}}),
            "grouped": lambda: documents.formatted_read_group(domain, ["state"], ["__count"]),
            "operations": lambda: self.company._fbr_figures(),
        }
        counts = {}
        for name, call in calls.items():
            call()  # what is loaded once
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            call()
            counts[name] = self.env.cr.sql_log_count - before
        return counts

    def test_queries_do_not_grow(self):
        self.add(1, FEW)
        few = self.costs()
        self.add(FEW, MANY)
        self.assertEqual(self.costs(), few)
        self.assertLess(max(few.values()), 20, few)

    def test_the_drawing_job_finds_its_work_by_an_index(self):
        documents, searched = self.env["faturamento_br.document"].sudo(), []
        self.patch(type(documents), "_work_off", lambda self, work, todo: searched.append(todo))
        documents._cron_danfe()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = documents._search(searched[0], limit=50).select()
        self.env.cr.execute(SQL("EXPLAIN %s", query))
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("to_finish", plan)
