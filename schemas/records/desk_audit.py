"""Record of what somebody did at the desk that others may have to account for, on ``desk_audit``."""

from datetime import datetime
from typing import Literal

import msgspec

Deed = Literal[
    "signed_in", "refused", "signed_out", "looked_at_customer", "searched", "listed", "exported", "tried_rules"
]


class DeskAudit(msgspec.Struct, frozen=True, kw_only=True):
    """Record of a deed at the desk.

    Attributes:
        audit_id: Id of the record.
        at: When, UTC.
        by: Who; the name that was tried where a sign-in was refused.
        role: Role of the person; empty for nobody who is known.
        deed: What was done.
        customer_id: Customer whose data was shown; empty where it was nobody's or a list.
        detail: What was searched, what a list was of, or which version of the rules was tried.
        address: Address that the request came from.
    """

    audit_id: str
    at: datetime
    by: str
    role: str
    deed: Deed
    customer_id: str = ""
    detail: str = ""
    address: str = ""
