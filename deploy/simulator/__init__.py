"""A simulated shop whose truth is known: who left, when, and why.

The same seed gives the same events. Time is an argument: nothing here asks what time it is or waits by itself.
Each customer is drawn from two random streams of their own (habits, events), so a customer's events do
not depend on how many others there are or in which order they are played.

Follow one event: ``catalogue`` and ``seasons`` (the shop), ``customers`` (who buys, when, who will leave and why),
``purchases`` (what, and the returns and contacts that follow), ``life`` (one customer), ``simulate`` (everyone, in time
order), ``live`` (for ever, by a clock). Apart from that: ``treatments`` (people act on customers, and what it changes).
"""

from deploy.simulator.customers.churn_cause import Cause
from deploy.simulator.live import LiveShop
from deploy.simulator.simulate import Shop, ShopTruth, shop_events, simulate_shop

__all__ = ["Cause", "LiveShop", "Shop", "ShopTruth", "shop_events", "simulate_shop"]
