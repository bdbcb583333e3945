"""Questions whose time has come: each is answered once, and then forgotten here."""

from customers.state import Customer, Question


def settle(customer: Customer, now: int) -> list[Question]:
    """Take the questions out of the state whose answer is final at ``now``.

    Args:
        customer: State with everything folded that was stamped until ``now``; changed in place.
        now: Instant, ms since 1970.
    """
    questions = customer.questions
    due = 0
    while due < len(questions) and questions[due].settles_at <= now:
        due += 1
    settled = questions[:due]
    del questions[:due]
    return settled
