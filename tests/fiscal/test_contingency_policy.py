"""Contingency as a policy: a number once transmitted keeps its tpEmis, and a sale has one live NF-e in the end."""

from itertools import product

import pytest
from fiscal.contingency import NORMAL, Settlement, State, Step, Switch, next_state, settle, switch
from fiscal.problems import FiscalError
from fiscal.states import State as Document

LIVE = {Document.AUTHORIZED, Document.EPEC}
SVC = "6"


def test_a_contingency_is_entered_and_left_once():
    assert next_state(State.OFFERED, Step.ENTER) is State.ACTIVE
    assert next_state(State.ACTIVE, Step.LEAVE) is State.ENDED
    for state, step in ((State.ACTIVE, Step.ENTER), (State.ENDED, Step.LEAVE), (State.WITHDRAWN, Step.ENTER)):
        with pytest.raises(FiscalError):
            next_state(state, step)


@pytest.mark.parametrize("state", Document)
@pytest.mark.parametrize(("own", "present"), list(product((NORMAL, "4", SVC), repeat=2)))
def test_what_was_sent_never_changes_its_form(state, own, present):
    assert switch(state, own, present, ever_sent=True) is not Switch.SIGN_AGAIN
    if state in LIVE | {Document.CANCELLED, Document.VOIDED} or own == present:
        assert switch(state, own, present, ever_sent=True) is Switch.STAY


def test_what_waits_goes_on_in_the_form_in_force():
    assert switch(Document.SIGNED, NORMAL, SVC, ever_sent=False) is Switch.SIGN_AGAIN
    assert switch(Document.SIGNED, NORMAL, SVC, ever_sent=True) is Switch.NEW_NUMBER
    assert switch(Document.SENDING, NORMAL, SVC, ever_sent=True) is Switch.NEW_NUMBER
    assert switch(Document.REJECTED, SVC, NORMAL, ever_sent=True) is Switch.NEW_NUMBER
    assert switch(Document.SENDING, SVC, NORMAL, ever_sent=True) is Switch.STAY, "the SVC is asked first"


@pytest.mark.parametrize(("old", "new"), list(product(Document, repeat=2)))
def test_one_live_nfe_a_sale(old, new):
    """Whatever the two states: never two live ones left, none given up that may be the only one."""
    step = settle(old, new)
    if old is Document.AUTHORIZED and new in LIVE:
        assert step is Settlement.CANCEL
    if step is Settlement.TAKE_BACK:
        assert old in LIVE
        assert new not in LIVE | {Document.SENDING}
    if step is Settlement.VOID:
        assert old not in LIVE | {Document.SENDING}
    if Document.SENDING in {old} or (old is Document.AUTHORIZED and new is Document.SENDING):
        assert step in {Settlement.QUERY, Settlement.WAIT}
