"""Learns settled questions epoch by epoch, and publishes one model for each border, for every worker.

Law of this package: an example counts once, before the border that follows its answer. A published model names its
border and the offset from which a learner that continues from it reads; of what is read again, answers settled before
the border are passed over. Two learners given the same log publish the same models.
"""
