-- Questions whose horizons lay in holes of the purchases are settled without counting.
ALTER TABLE training_examples ADD COLUMN IF NOT EXISTS void Bool DEFAULT false
    COMMENT 'True where more than a tenth of the horizon lay in holes of the purchases: neither learnt nor counted';
