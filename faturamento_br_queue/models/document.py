from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.faturamento_br.models.document_queue import WAITING

# Documents of one job: a job costs more than a document's own transactions, and one that dies holds up few.
BITE = 5
# What the queue left lying for so long, the ordinary jobs take: its runner is not there, or a job died for good.
SAFETY = timedelta(minutes=5)
PRIORITY = 10  # the queue's usual one; each next job of the same documents comes one turn later


class Document(models.Model):
    """The same work as jobs of OCA's queue, which several machines share.

    A job is a wish that somebody looks: what is due, and who may do it, is decided by the document's row, as for the
    ordinary jobs. So a job that comes twice, late or from a runner that died does nothing twice.
    """

    _inherit = "faturamento_br.document"

    @api.model
    def _wake(self, at=None):
        """Have these documents looked at, now or at a moment; the ordinary jobs look where none is named."""
        if self:
            self._enqueue(at)
        else:
            super()._wake(at)

    @api.model
    def _due_by(self):
        return super()._due_by() - SAFETY

    def _enqueue(self, at=None):
        """A job for each few of these, in the channel of their authorizer and company.

        The jobs of a thousand have later turns than those of another user's one.

        :param at: not before this moment (UTC).
        """
        documents = self.sudo()
        for company, own in documents.grouped("company_id").items():
            # The job belongs to the document's company, and is done as the ordinary ones are: by the system.
            system = documents.env(user=SUPERUSER_ID, context={"company_id": company.id})
            for channel, together in own.grouped(lambda each: each._channel()).items():
                for turn, start in enumerate(range(0, len(together), BITE)):
                    bite = together[start : start + BITE].with_env(system)
                    bite.with_delay(
                        channel=channel,
                        priority=PRIORITY + turn,
                        eta=at,
                        identity_key=f"{self._name}:{bite.ids}:{at or 'now'}",
                        description=bite._job_name(),
                    )._go_on_from_queue()

    def _switch_over(self):
        super()._switch_over()
        (self + self.superseded_by_id).filtered(lambda each: each._waits())._enqueue()
        self.env.cr.commit()  # pylint: disable=invalid-commit

    def _channel(self):
        """``root.faturamento_br.SVRS.company_3``: what a channel of the runner's configuration may be given a capacity
        for, each part by itself."""
        name = self.env["faturamento_br.authorizer.health"]._name_of(
            self.company_id, self.environment, self.emission_type
        )
        return f"root.faturamento_br.{name}.company_{self.company_id.id}"

    def _job_name(self):
        return ", ".join(document._label() for document in self)

    def _go_on_from_queue(self):
        """The next step of those whose time has come; those whose time comes later get a job for then."""
        now = fields.Datetime.now()
        due = self.exists().filtered(lambda each: each._waits() and each.next_try_at <= now)
        due._go_on_in_turn([("id", "in", due.ids), ("state", "in", WAITING)])
        self.env["faturamento_br.batch"]._finish_done()
        for document in self.exists().filtered(lambda each: each._waits() and each.next_try_at > now):
            document._enqueue(document.next_try_at)

    def _waits(self):
        return self.state in WAITING and bool(self.next_try_at)
