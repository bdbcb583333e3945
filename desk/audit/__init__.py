"""The audit trail of the desk: every look at a person, every list that was exported, every sign-in.

Law of this package: a record is written once and never changed; what it is about is removed by `stayline forget`.
"""
