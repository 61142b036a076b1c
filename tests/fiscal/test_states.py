"""The life of a document: whatever happens, in whatever order, it stays lawful."""

import pytest
from fiscal.outcome import Verdict
from fiscal.problems import FiscalError
from fiscal.states import (
    FINAL,
    ON_AUTHORIZE,
    ON_QUERY,
    TRANSITIONS,
    WITH_BYTES,
    Event,
    IllegalTransition,
    State,
    next_state,
)
from hypothesis import given
from hypothesis import strategies as st


@given(start=st.sampled_from(State), events=st.lists(st.sampled_from(Event), max_size=40))
def test_any_sequence_stays_lawful(start, events):
    state, was = start, {start}
    for event in events:
        try:
            after = next_state(state, event)
        except IllegalTransition:
            continue  # refused: the document stays where it was
        assert after in State
        assert state not in FINAL
        if State.AUTHORIZED in was:
            assert after is State.CANCELLED
        if State.EPEC in was:
            assert after in {State.AUTHORIZED, State.CANCELLED}
        if state is State.SENDING:
            assert after is not State.DRAFT
            assert after is not State.VOIDED
        if after is State.DRAFT:
            assert state in (State.REJECTED, State.SIGNED)
        state = after
        was.add(state)


def reachable(start):
    found, todo = {start}, [start]
    while todo:
        here = todo.pop()
        new = {after for (state, _), after in TRANSITIONS.items() if state is here} - found
        found |= new
        todo += new
    return found


def test_what_can_be_reached():
    assert reachable(State.DRAFT) == set(State)
    assert reachable(State.AUTHORIZED) == {State.AUTHORIZED, State.CANCELLED}
    assert reachable(State.CANCELLED) == {State.CANCELLED}
    assert reachable(State.VOIDED) == {State.VOIDED}
    assert State.DRAFT not in reachable(State.EPEC)


def test_every_event_is_of_use():
    assert {event for _, event in TRANSITIONS} == set(Event)


def test_sending_is_left_only_by_an_answer_or_a_certainty():
    out = {event for state, event in TRANSITIONS if state is State.SENDING}
    assert out == {Event.NOT_SENT, Event.EPEC, *ON_AUTHORIZE.values(), *ON_QUERY.values()}


def test_a_duplicate_or_a_pending_answer_moves_nothing():
    for table in (ON_AUTHORIZE, ON_QUERY):
        assert not {Verdict.DUPLICATE, Verdict.PENDING} & set(table)
    assert Verdict.WAIT not in ON_QUERY
    for table in (ON_AUTHORIZE, ON_QUERY):
        for event in table.values():
            assert next_state(State.SENDING, event)


def test_a_query_that_says_nothing_cannot_send_a_document_back_to_draft():
    assert next_state(State.SENDING, ON_QUERY[Verdict.NOT_FOUND]) is State.SIGNED


def test_bytes_exist_wherever_the_authorizer_may_have_them():
    assert {State.SIGNED, State.SENDING, State.AUTHORIZED, State.CANCELLED, State.EPEC} <= WITH_BYTES
    assert State.DRAFT not in WITH_BYTES


def test_a_refused_event_is_told():
    with pytest.raises(IllegalTransition, match=r"as it is now .authorized.") as caught:
        next_state(State.AUTHORIZED, Event.FIX)
    assert isinstance(caught.value, FiscalError)
    assert caught.value.problems[0].code == "illegal_transition"
