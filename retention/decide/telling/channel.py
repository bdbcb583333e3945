"""Choice of the channel: the one on which a customer answers."""

from collections.abc import Sequence

from retention.decide.memory.state import ChannelAnswers


def channel_for(channels: Sequence[str], known: Sequence[ChannelAnswers]) -> str:
    """Return the channel with the highest rate of answers; of equal ones the action's preferred one.

    A channel counts as if it had been tried twice with one answer before, so that one try does not decide.

    Args:
        channels: Channels of the action, the preferred one first.
        known: Tries and answers of the customer.
    """
    if not known:
        return channels[0]
    rates = {one.channel: (one.answers + 1) / (one.tries + 2) for one in known}
    return max(channels, key=lambda channel: rates.get(channel, 0.5))
