"""Recurring billing in pure Python: from what was agreed to what is owed, without Odoo and without a clock.

``intervals`` and ``business_days`` know the calendar, ``contract`` what was signed, ``changes`` what became of it,
``schedule`` which periods there are, ``proration`` what each is worth, ``bills`` what to invoice today and what comes
next. ``usage``, ``adjustment`` (reajuste), ``term``, ``due_dates``, ``mrr`` and ``placeholders`` stand beside them;
``check`` says what is wrong with a contract before anything is billed by it.

One idea holds it together: *what ought to be, minus what was done*. Nothing moves a "next date", so nothing can drift,
be billed twice or get lost. Dates are half-open, ``[start, end)``: ``end`` is the first day that is no longer in it.
"Today" is always given by the caller: it is the company's day, and only the company knows its time zone.
"""
