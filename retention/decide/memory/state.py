"""Retention state of a customer: the standing decision, recent contacts, results, wishes and open outcomes.

Like the customer's state, it does not depend on the order in which facts are folded: times are maxima, and wishes are
those of the latest fact.
"""

from bisect import insort
from typing import Final

import msgspec

from customers.state import NEVER
from retention.decide.chance.revealed_draw import RevealedDraw
from retention.outcomes.open_outcome import OpenOutcome
from schemas.records.score import Segment

RETENTION_STATE_VERSION: Final = 1

KEPT_CONTACTS: Final = 50
"""Number of contacts whose times are kept: the largest limit that a playbook may set."""

STANDING: Final = 1
"""Bit of the first byte of an encoded state: a decision stands."""

COUNTING: Final = 2
"""Bit of the first byte: outcomes are open."""

_KEPT_NOTE: Final = 200
"""Characters kept of a person's note."""


class OpenDecision(msgspec.Struct, array_like=True, frozen=True):
    """A decision that stands.

    Attributes:
        decided_at: Its instant, ms since 1970; with the customer it identifies the decision.
        action: Name of the action, or ``none`` for a customer left alone by chance.
        held_out: True if it is a ghost decision, which nobody is told of.
        due_by: Instant at which it lapses, ms since 1970.
        channel: Channel that was chosen; empty for ``none``.
        purchase_ends: True if a purchase makes it needless.
        do_after: Beginning of the time in which it is to be done, ms since 1970.
        expected_gain: What it is expected to bring, before its cost, reporting currency.
        value_at_risk: Yearly margin at risk when it was made, reporting currency.
        risk: Probability of leaving then.
        segment: Kind of treatment then.
    """

    decided_at: int
    action: str
    held_out: bool
    due_by: int
    channel: str
    purchase_ends: bool
    do_after: int = NEVER
    expected_gain: float = 0.0
    value_at_risk: float = 0.0
    risk: float = 0.0
    segment: Segment = "let_be"


class ChannelAnswers(msgspec.Struct, array_like=True):
    """Numbers of attempts to reach a customer on a channel, and of answers."""

    channel: str
    tries: int
    answers: int


class View(msgspec.Struct, array_like=True, frozen=True):
    """A customer as seen at the last decision or contact, to say what changed since.

    Attributes:
        at: Instant, ms since 1970; NEVER if there was none.
        risk: Risk then.
        segment: Segment then.
    """

    at: int = NEVER
    risk: float = 0.0
    segment: str = ""


class RetentionState(msgspec.Struct, array_like=True):
    """Retention state of a customer; times are ms since 1970, NEVER for what has not happened.

    Attributes:
        version: Of this layout.
        open: Decision that stands; None if there is none.
        contacts: Times of the latest contacts over all actions, the earliest first.
        last_of_action: Time of the latest contact by each action.
        channels: Tries and answers by channel.
        no_contact: True if the customer's latest word is not to be contacted.
        no_contact_at: Time of that word.
        snoozed_until: Nobody contacts the customer before.
        snoozed_at: Time of the fact that set or ended this.
        last_seen: The customer at the last decision.
        judged_at: Time of the latest judgement with a note.
        judged_by: Who judged.
        note: Beginning of the note.
        outcomes: Decisions whose horizons are not over, the earliest first.
        draw: What the decisions of a season have revealed of the draw of the holdout; None before the first.
    """

    version: int = RETENTION_STATE_VERSION
    open: OpenDecision | None = None
    contacts: list[int] = []
    last_of_action: dict[str, int] = {}
    channels: list[ChannelAnswers] = []
    no_contact: bool = False
    no_contact_at: int = NEVER
    snoozed_until: int = NEVER
    snoozed_at: int = NEVER
    last_seen: View = View()
    judged_at: int = NEVER
    judged_by: str = ""
    note: str = ""
    outcomes: list[OpenOutcome] = []
    draw: RevealedDraw | None = None

    @property
    def due_at(self) -> int:
        """Next instant at which a decision lapses or an outcome is final, ms since 1970; NEVER if none will."""
        due = [one.settles_at for one in self.outcomes]
        if self.open is not None:
            due.append(self.open.due_by)
        return min(due, default=NEVER)

    def add_contact(self, action: str, at: int) -> None:
        """Remember a contact.

        Args:
            action: Name of the action.
            at: The latest moment at which it can have been made, ms since 1970.
        """
        insort(self.contacts, at)
        del self.contacts[:-KEPT_CONTACTS]
        self.last_of_action[action] = max(self.last_of_action.get(action, NEVER), at)

    def add_try(self, channel: str, *, answered: bool) -> None:
        """Remember that the customer was tried on a channel, and whether they answered."""
        one = next((known for known in self.channels if known.channel == channel), None)
        if one is None:
            one = ChannelAnswers(channel, 0, 0)
            insort(self.channels, one, key=lambda known: known.channel)
        one.tries += 1
        one.answers += answered

    def snooze(self, until: int, at: int) -> None:
        """Leave the customer alone until an instant, by the latest fact; of two at one moment the longer one counts."""
        self.snoozed_at, self.snoozed_until = max((self.snoozed_at, self.snoozed_until), (at, until))

    def wish(self, *, no_contact: bool, at: int) -> None:
        """Keep the customer's latest word on being contacted; of two at one moment the refusal counts."""
        self.no_contact_at, self.no_contact = max((self.no_contact_at, self.no_contact), (at, no_contact))

    def judge(self, by: str, note: str, at: int) -> None:
        """Keep the latest note of a person."""
        judgement = (at, by, note[:_KEPT_NOTE])
        if note and judgement > (self.judged_at, self.judged_by, self.note):
            self.judged_at, self.judged_by, self.note = judgement


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(RetentionState)


def encode_retention(state: RetentionState) -> bytes:
    """Encode a state; the first byte says if a decision stands and if outcomes are open, readable without the rest."""
    flags = (STANDING if state.open is not None else 0) | (COUNTING if state.outcomes else 0)
    return bytes((flags,)) + _encoder.encode(state)


def is_standing(encoded: bytes) -> bool:
    """Return True if a decision stands in an encoded state."""
    return bool(encoded) and bool(encoded[0] & STANDING)


def decode_retention(encoded: bytes) -> RetentionState:
    """Decode a state; empty bytes are that of a customer of whom nothing is remembered.

    Raises:
        msgspec.DecodeError: The bytes are no state.
    """
    return _decoder.decode(memoryview(encoded)[1:]) if encoded else RetentionState()
