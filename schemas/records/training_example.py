"""Training examples: settled questions with their answers, from which the learner learns."""

from datetime import datetime
from typing import Final

import msgspec

from schemas.records.score import Cause


class TrainingExample(msgspec.Struct, frozen=True, kw_only=True):
    """One settled question with its answer, on ``training_examples`` and in ClickHouse.

    Attributes:
        customer_id: Id of the customer.
        asked_at: Time of the question, UTC; with the customer it identifies the question.
        settled_at: Time at which the answer was final: asked_at plus horizon and grace, UTC.
        cause: ``interaction`` for a question at a purchase, ``review`` for one at a review.
        horizon_days: Horizon of the question: will this customer buy within this many days?
        left: Answer: true if nothing was bought.
        purchases: Number of purchases within the horizon.
        amount: Sum of these purchases, reporting currency.
        risk: Probability of leaving that was predicted at the question.
        model_version: Version of the model that predicted it.
        feature_set: Hash of the list of features that ``features`` follows.
        features: Features at the question.
        bought_after_days: Days from the question to the first purchase within the horizon; null if there was none.
        void: True if more than a tenth of the horizon lay in holes of the purchases: neither learnt nor counted.
    """

    customer_id: str
    asked_at: datetime
    settled_at: datetime
    cause: Cause
    horizon_days: float
    left: bool
    purchases: int
    amount: float
    risk: float
    model_version: str
    feature_set: str
    features: tuple[float, ...]
    bought_after_days: float | None = None
    void: bool = False


decode_training_example: Final = msgspec.json.Decoder(TrainingExample).decode
