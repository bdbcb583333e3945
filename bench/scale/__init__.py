"""Many customers: how soon a worker serves again, what a customer costs, how much one worker and two get done."""

from bench.scale.sizes import measure

__all__ = ["measure"]
