"""The prefilter leaves nobody out for whom a rule applies."""

from hypothesis import given, settings

from customers.reviews.looks import Looked
from retention.catalogue.compiled import CompiledPlaybook, compile_playbook
from retention.decide.eligibility.candidates import candidate_of
from retention.decide.eligibility.prefilter import Prefilter
from retention.decide.eligibility.situation import DecisionCase
from retention.decide.policy_state import policy_in_force
from streams.retention_file import load_playbook
from tests.kit.suite.cases import cases
from tests.retention.decide.cases import batches, book_of, case_of, playbooks, rule, score_of

DEFAULT = compile_playbook(load_playbook())


def _looked(case: DecisionCase) -> Looked:
    case.customer.clock = case.now
    return Looked(case.customer_id, case.customer, case.customer, case.score, bought=False)


def _is_left_out(book: CompiledPlaybook, batch: list[DecisionCase]) -> bool:
    prefilter, policy = Prefilter(book), policy_in_force(book)
    for case in batch:
        candidate = candidate_of(0, case, policy)
        if candidate is None:
            continue
        possible = prefilter.possible(_looked(candidate.case))
        if not set(candidate.begins) <= set(possible):
            return True
        if not prefilter.are_open(possible, candidate.case.state, candidate.case.now):
            return True
    return False


@settings(max_examples=cases(1000, usual=50))
@given(book=playbooks(), batch=batches())
def test_whoever_a_rule_of_any_playbook_applies_to_is_not_left_out(
    book: CompiledPlaybook, batch: list[DecisionCase]
) -> None:
    assert not _is_left_out(book, batch)


@settings(max_examples=cases(1000, usual=50))
@given(batch=batches())
def test_whoever_a_rule_of_the_default_playbook_applies_to_is_not_left_out(batch: list[DecisionCase]) -> None:
    assert not _is_left_out(DEFAULT, batch)


def test_a_customer_to_whom_no_rule_applies_is_left_out() -> None:
    book = book_of(rules=[rule(when="segment is win_back and risk > 0.5")])

    assert Prefilter(book).possible(_looked(case_of(score=score_of(segment="let_be")))) == ()
    assert Prefilter(book).possible(_looked(case_of(score=score_of(segment="win_back")))) == (0,)


def test_a_rule_that_certainly_applies_ends_the_search() -> None:
    book = book_of(rules=[rule(name="nobody", when="segment is let_be", then=["none"]), rule(when="always")])

    assert Prefilter(book).possible(_looked(case_of(score=score_of(segment="let_be")))) == ()
