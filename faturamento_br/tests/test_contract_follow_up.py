"""After a run: invoices are confirmed, issued or sent as each contract says; one that fails holds up no other."""

from odoo.tests import tagged

from .contracts_common import ContractsCase


@tagged("post_install", "-at_install")
class TestContractFollowUp(ContractsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.give_addresses()

    def followed(self, *contracts):
        """The invoices of these contracts after a run and the job that goes on with them."""
        invoices = [self.run_on("2026-11-25", contract) for contract in contracts]
        periods = self.env["faturamento_br.contract.period"].sudo()
        for invoice in invoices:
            periods._follow_up(invoice.sudo())
        return invoices

    def goods(self, **values):
        return self.contract(500.0, line={"product_id": self.chair.id}, **values)

    def test_as_far_as_each_contract_says(self):
        draft, posted, issued, sent = self.followed(
            self.contract(follow_up="draft"),
            self.contract(follow_up="post"),
            self.goods(follow_up="issue"),
            self.contract(follow_up="send"),
        )
        self.assertEqual((draft.state, posted.state), ("draft", "posted"))
        self.assertEqual((issued.state, issued.fbr_document_id.batch_id.document_count), ("posted", 1))
        self.assertEqual((sent.state, sent.sending_data["author_user_id"]), ("posted", self.env.uid))
        steps = [each._fbr_periods().mapped("next_step") for each in (draft, posted, issued, sent)]
        self.assertEqual(steps, [[False]] * 4)

    def test_one_that_fails_is_told_and_holds_up_no_other(self):
        bad, good = self.contract(follow_up="post"), self.contract(follow_up="post")
        broken = self.run_on("2026-11-25", bad)
        broken.partner_id = False  # as somebody may have done to the draft
        self.env["faturamento_br.contract.period"].sudo()._follow_up(broken.sudo())
        (fine,) = self.followed(good)
        self.assertEqual((broken.state, fine.state), ("draft", "posted"))
        self.assertIn("needs you", bad.activity_ids.summary)
        self.assertFalse(broken._fbr_periods().next_step, "a person decides")
        broken.partner_id = self.shop
        broken.action_post()
        self.assertEqual(broken.state, "posted")
