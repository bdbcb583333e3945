"""Parts of a raw topic: one of its raw partitions, a channel or a campaign."""

from typing import Final, NamedTuple

PARTITION: Final = "partition"
CHANNEL: Final = "channel"
CAMPAIGN: Final = "campaign"


class FeedPart(NamedTuple):
    """One part of a raw topic.

    Attributes:
        topic: Raw topic.
        kind: partition, channel or campaign.
        name: Its number or name; the name of a campaign may be any text.
    """

    topic: str
    kind: str
    name: str

    @property
    def text(self) -> str:
        """The part as one text, as headers have it."""
        return "/".join(self)

    @classmethod
    def of(cls, text: str) -> "FeedPart":
        """Return the part of a text.

        Raises:
            ValueError: The text names none.
        """
        topic, kind, name = text.split("/", 2)
        return cls(topic, kind, name)
