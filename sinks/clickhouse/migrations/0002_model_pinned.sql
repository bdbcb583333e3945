-- Scores say whether the model of their epoch gave them.
ALTER TABLE risk_scores ADD COLUMN IF NOT EXISTS model_pinned Bool DEFAULT true
    COMMENT 'False if the model of the epoch was not there in time and the last one scored instead: a replay may give another score';
