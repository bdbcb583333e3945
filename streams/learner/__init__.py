"""Learns settled questions and outcomes epoch by epoch, and publishes a model with a policy for each border.

Law of this package: an example or outcome counts once, before the border that follows it. A published model names its
border and the offset from which a learner that continues from it reads; of what is read again, whatever was settled
before the border is passed over. Two learners given the same log publish the same models.
"""
