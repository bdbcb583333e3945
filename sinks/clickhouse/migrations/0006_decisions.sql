-- Decisions, and what followed them. Keyed by the decision, so that a repeated insert changes nothing under FINAL.
CREATE TABLE IF NOT EXISTS decisions
(
    decision_id String COMMENT 'Id of the decision, the same in a replay',
    customer_id String COMMENT 'For whom',
    decided_at DateTime64(3, 'UTC') COMMENT 'Instant of the score' CODEC(DoubleDelta, ZSTD),
    action LowCardinality(String) COMMENT 'What is to be done; none if it was drawn to leave the customer alone',
    held_out Bool COMMENT 'True for a ghost: nothing is to be done, so that what acting brings can be seen',
    propensity Map(LowCardinality(String), Float64)
        COMMENT 'Probability of each action that was allowed, and of none, without the holdout; they sum to one' CODEC(ZSTD),
    policy_version LowCardinality(String) COMMENT 'Version of the playbook, and of what was learnt',
    rule LowCardinality(String) COMMENT 'Rule of the playbook that allowed the actions',
    expected_gain Float64 COMMENT 'What the action is expected to bring, before its cost, reporting currency',
    interval Tuple(
        low Nullable(Float64),
        high Nullable(Float64))
        COMMENT 'Holds the gain with 95 % probability; NULLs while it is not known yet and expected_gain is the playbook''s guess'
        CODEC(ZSTD),
    cost Float64 COMMENT 'Cost of the action, reporting currency',
    risk Float64 COMMENT 'Probability of leaving at decided_at',
    value_at_risk Float64 COMMENT 'Yearly margin that is not to be expected, reporting currency',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why the customer may leave, the strongest first: feature, added log-odds of leaving, a sentence' CODEC(ZSTD),
    what_changed Array(String) COMMENT 'What is new since the last decision or contact; may be empty' CODEC(ZSTD),
    do_after DateTime64(3, 'UTC') COMMENT 'Beginning of the time in which it is to be done' CODEC(DoubleDelta, ZSTD),
    due_by DateTime64(3, 'UTC') COMMENT 'End of this time; the decision lapses then' CODEC(DoubleDelta, ZSTD),
    team LowCardinality(String) COMMENT 'Who is to do it; empty for none',
    channel LowCardinality(String) COMMENT 'Way to reach the customer; empty for none',
    template LowCardinality(String) COMMENT 'Name of the text in the tool that sends it; may be empty',
    segment LowCardinality(String) COMMENT 'Kind of treatment: keep_at_all_costs, win_back, look_after or let_be'
)
ENGINE = ReplacingMergeTree
ORDER BY decision_id
COMMENT 'What was decided for customers, held-out ones included; read it with FINAL';

CREATE TABLE IF NOT EXISTS outcomes
(
    decision_id String COMMENT 'Decision that this followed',
    customer_id String COMMENT 'Whose',
    decided_at DateTime64(3, 'UTC') COMMENT 'Instant of the decision' CODEC(DoubleDelta, ZSTD),
    settled_at DateTime64(3, 'UTC') COMMENT 'When this was final: after the action''s horizon and the grace' CODEC(DoubleDelta, ZSTD),
    action LowCardinality(String) COMMENT 'What was decided; none if it was drawn to leave the customer alone',
    held_out Bool COMMENT 'True for a ghost: nothing was done',
    result LowCardinality(String)
        COMMENT 'Reported last: done, no_answer, refused, accepted, not_done or dismissed; empty if nothing was',
    bought Bool COMMENT 'True if anything was bought within the horizon',
    purchases UInt32 COMMENT 'Number of purchases within the horizon',
    margin Float64 COMMENT 'Margin on what was bought less what was refunded within the horizon, reporting currency',
    refunds Float64 COMMENT 'Refunds within the horizon, reporting currency',
    cost Float64 COMMENT 'Cost that was spent, reporting currency; 0 where nobody tried',
    horizon_days Float64 COMMENT 'Horizon of the action',
    rule LowCardinality(String) COMMENT 'Rule of the playbook that allowed the actions',
    segment LowCardinality(String) COMMENT 'Kind of treatment at the decision',
    risk Float64 COMMENT 'Probability of leaving at the decision',
    value_at_risk Float64 COMMENT 'Yearly margin at risk at the decision, reporting currency',
    policy_version LowCardinality(String) COMMENT 'Version of the playbook and of what was learnt that decided',
    probability Map(LowCardinality(String), Float64)
        COMMENT 'Probability of each action, and of none, being in effect: drawn and not held out; they sum to one' CODEC(ZSTD),
    held_out_probability Float64
        COMMENT 'Probability of being held out from the decided action; at 0 or 1 the decision is no experiment',
    expected_margin Float64 COMMENT 'Margin that was expected within the horizon if nothing was done, reporting currency',
    expected_gain Float64 COMMENT 'What the action was expected to bring beyond it, before its cost, reporting currency',
    gain_score Nullable(Float64)
        COMMENT 'Doubly robust score of what the action brought, whose mean is its effect; NULL where there is no experiment',
    guesses Map(LowCardinality(String), Float64) COMMENT 'The playbook''s guess of the gain of each allowed action' CODEC(ZSTD),
    feature_set LowCardinality(String) COMMENT 'Hash of the list of features that features follows',
    features Array(Float64) COMMENT 'Features at the decision' CODEC(ZSTD),
    void Bool COMMENT 'True where more than a tenth of the horizon lay in holes of the purchases: neither learnt nor counted'
)
ENGINE = ReplacingMergeTree
ORDER BY decision_id
COMMENT 'What followed each decision within its action''s horizon, settled once; read it with FINAL';
