# pylint: disable=invalid-commit
import logging
from math import isqrt

from odoo import api, fields, models
from odoo.exceptions import UserError
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

#: Contracts billed in one transaction: what a kill costs, and what memory it takes.
CHUNK = 50
#: Contracts billed before the click returns; more are left to the job.
INLINE = 20
#: A race lost to another worker is run again so many times.
ATTEMPTS = 5
#: What invoices do not need while they are made by the hundred: a message that they were created.
LEAN = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True, "mail_notrack": True}


def waits_summary(env):
    """What the activity about periods that are too old is called."""
    return env._("Old periods wait for a decision")


class Contract(models.Model):
    """The run: invoices for everything that is due, a chunk a transaction.

    Contracts are claimed with SKIP LOCKED, so workers share them; a chunk that fails is cut into pieces until what
    fails is alone, and that is parked with its reason. What keeps a period from being billed twice is its unique row.
    """

    _inherit = "faturamento_br.contract"

    @api.model
    def _cron_bill(self):
        """Bill everything that is due, then confirm, issue and send what the contracts say."""
        # No place in Brazil is ahead of UTC: nothing is due later than that day.
        due = self.search([*self._due_domain(), ("next_bill_on", "<=", fields.Date.today())])
        due._run()
        self.env["faturamento_br.contract.period"]._cron_follow_up()

    @api.model
    def _due_domain(self):
        return [("state", "!=", "draft"), ("parked", "=", False)]

    def _run(self):
        """Bill what is due of these contracts, a chunk a transaction, as long as the job may."""
        chunks = self._chunks()
        left = sum(map(len, chunks))
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=left)
        for chunk in chunks:
            chunk._bill_chunk()
            left -= len(chunk)
            time_left = cron._commit_progress(len(chunk), remaining=left)
            self.env.invalidate_all()  # memory stays flat
            if time_left <= 0:
                return

    def _chunks(self):
        """Contracts of one company, about :data:`CHUNK` at a time; what is invoiced together stays together."""
        found = []
        for _company, its in self.grouped("company_id").items():
            chunk = self.browse()
            for _partner, together in its.sorted(lambda one: (one.partner_id.id, one.id)).grouped("partner_id").items():
                if together[0].grouping == "contract":
                    for one in together:
                        if len(chunk) >= CHUNK:
                            found.append(chunk)
                            chunk = self.browse()
                        chunk += one
                    continue
                if chunk and len(chunk) + len(together) > CHUNK:
                    found.append(chunk)
                    chunk = self.browse()
                chunk += together
            if chunk:
                found.append(chunk)
        return found

    def _bill_chunk(self):
        """Claim and bill these, again where a race was lost; begins with a transaction that has seen nothing yet."""
        for attempt in range(ATTEMPTS):
            try:
                free = self.try_lock_for_update()
                free.filtered(lambda one: one._is_due())._bill_or_park()
                self.env.flush_all()
                return
            except OperationalError:
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.info("A race for contracts %s was lost, attempt %s", self.ids, attempt)
        _logger.warning("Contracts %s wait for the next run: others changed them each time", self.ids)

    def _is_due(self):
        return self.state != "draft" and not self.parked and self.next_bill_on and self.next_bill_on <= self._today()

    def _bill_or_park(self):
        """Bill these; where it fails, in pieces until what fails is alone, and park that."""

        def park(one, error):
            told = isinstance(error, UserError)
            _logger.log(logging.INFO if told else logging.ERROR, "%s could not be billed", one.name, exc_info=not told)
            one._park(str(error).strip() or type(error).__name__)

        made = self.env["account.move"]
        for moves in self._piecemeal(lambda some: some._bill(), park):
            made += moves
        return made

    def _piecemeal(self, work, failed):
        """Do ``work`` on these, in pieces where it fails, until what fails is alone.

        About as many pieces as each then has contracts: one that fails late, alone among 50, costs its piece of 8 and
        one of 3 again, where halves would do the 50 twice more.

        :param failed: what to do then with a contract and its error.
        :return: what each success gave.
        """
        if not self:
            return []
        try:
            with self.env.cr.savepoint():
                return [work(self)]
        except OperationalError:
            raise  # a race: nobody's fault
        except Exception as error:
            if len(self) > 1:
                size = isqrt(len(self) - 1) + 1 if len(self) > 2 else 1
                pieces = [self[start : start + size] for start in range(0, len(self), size)]
                return [done for piece in pieces for done in piece._piecemeal(work, failed)]
            failed(self, error)
            return []

    def _bill(self, allowed=frozenset()):
        """Make the invoices of what is due today, and the rows of their periods.

        :param allowed: keys of periods that are billed although they are old.
        :return: the draft invoices.
        """
        drafts, held = self._plan(allowed=allowed)
        for one, items in held.items():
            one._ask_about(items)
        moves = self.env["account.move"].with_context(**LEAN)
        for made, its in self._make_moves(drafts):
            moves += made
            self._book(zip(made, its, strict=True))
        self._book((self.env["account.move"], draft) for draft in drafts if draft.free)
        self._finish_if_over()
        return moves.with_context(**dict.fromkeys(LEAN, False))

    def _make_moves(self, drafts):
        """The invoices of ``drafts`` that have an amount, with them, company by company."""
        for company, contracts in self.grouped("company_id").items():
            its = [draft for draft in drafts if not draft.free and draft.charges[0][0].company_id == company]
            here = contracts.with_company(company)
            lookups = here._lookups()
            values = [here._move_values(draft, lookups) for draft in its]
            yield self.env["account.move"].with_company(company).with_context(**LEAN).create(values), its

    def _book(self, made):
        """One row for each item of pairs of invoice and draft."""
        made = list(made)
        parts = self._next_parts({item.period.key for _move, draft in made for _one, item in draft.charges})
        rows = []
        for move, draft in made:
            lines = move.invoice_line_ids.sorted("id") if move else [move.line_ids] * len(draft.charges)
            for line, (one, item) in zip(lines, draft.charges, strict=True):
                period = item.period
                part = parts.get(period.key, 0)
                parts[period.key] = part + 1
                rows.append(
                    {
                        **one._period_values(item, part),
                        "move_id": move.id,
                        "move_line_id": line.id,
                        "next_step": "post" if move and one.follow_up != "draft" else False,
                    }
                )
        return self.env["faturamento_br.contract.period"].sudo().create(rows)

    def _period_values(self, item, part):
        """The row of ``item``, without its invoice."""
        period = item.period
        return {
            "contract_id": self.id,
            "line_id": period.key.line,
            "company_id": self.company_id.id,
            "number": period.key.number,
            "part": part,
            "start": period.start,
            "end": period.end,
            "amount": float(item.amount),
        }

    def _next_parts(self, keys):
        """For each period that has rows, the part that follows them."""
        lines = {key.line for key in keys}
        groups = (
            self.env["faturamento_br.contract.period"]
            .sudo()
            ._read_group(
                [("line_id", "in", list(lines)), ("returned", "=", False)], ["line_id", "number"], ["part:max"]
            )
        )
        found = {(line.id, number): part + 1 for line, number, part in groups}
        return {key: found[key] for key in keys if key in found}

    def _finish_if_over(self):
        """What will never be billed again has ended; what was given back makes it run again."""
        self.filtered(lambda one: one.state == "running" and not one.next_bill_on)._apply("finish")

    def _ask_about(self, items):
        """Have somebody decide about periods that are older than the contract lets a run bill."""
        summary = waits_summary(self.env)
        if summary not in self.activity_ids.mapped("summary"):
            told = "; ".join(
                f"{item.period.start:%d/%m/%Y} – {item.period.last_day:%d/%m/%Y}: {item.amount}" for item in items
            )
            self.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary, note=told, user_id=self.user_id.id or self.env.uid
            )

    # --- What users do ------------------------------------------------------------------------------------------

    def action_bill_now(self):
        """Bill what is due of these contracts; many are left to the job.

        :raises UserError: another user or the job is billing one of them.
        """
        if len(self) > INLINE:
            self.env.ref("faturamento_br.cron_contracts").sudo()._trigger()
            return self._tell(self.env._("They are billed in the background, with all that is due."))
        self.lock_for_update()
        due = self.filtered(lambda one: one._is_due())
        moves = due._bill() if due else self.env["account.move"]
        if not moves:
            return self._tell(self.env._("Nothing is due today."))
        if "post" in due.sudo().period_ids.mapped("next_step"):
            self.env.ref("faturamento_br.cron_contracts").sudo()._trigger()
        return self._show_moves(moves)

    def _show_moves(self, moves):
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_move_out_invoice_type")
        if len(moves) == 1:
            return {**action, "res_id": moves.id, "views": [(False, "form")]}
        return {**action, "domain": [("id", "in", moves.ids)], "context": {"create": False}}

    def action_retry(self):
        """Bill a parked contract again: what is still wrong is told at once, and it stays parked."""
        self._unpark()
        return self.action_bill_now()

    def _tell(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }
