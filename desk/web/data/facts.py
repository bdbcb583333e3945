"""Facts that pages need beside the data: the playbook in words, and the settings of risks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """An action of the playbook, for those who carry it out.

    Attributes:
        says: What to do, as a sentence.
        team: Who does it.
        channels: Ways to reach the customer, the preferred one first.
    """

    says: str
    team: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskFacts:
    """Everything that pages say and that no customer changes.

    Attributes:
        currency: Reporting currency.
        horizon_days: Leaving means buying nothing for so long.
        actions: Actions of the playbook by name.
        sentences: The whole playbook in words: its rules, actions and limits, a sentence each.
        policy_version: Its version.
        contacts_at_most: Most contacts of a customer
        contacts_within_days: in so many days.
        snooze_days: Nobody is contacted for so long after a person judged that they will stay.
        never: Values of events' ``extra`` of those who are never contacted.
    """

    currency: str
    horizon_days: float
    actions: Mapping[str, ActionFacts] = field(default_factory=dict)
    sentences: Mapping[str, Sequence[str]] = field(default_factory=dict)
    policy_version: str = ""
    contacts_at_most: int = 2
    contacts_within_days: float = 30.0
    snooze_days: float = 30.0
    never: Mapping[str, str] = field(default_factory=dict)
