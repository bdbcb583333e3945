"""Learns settled questions in their order, and publishes the model for every worker.

Law of this package: an example counts once. A published model names the offset that it has learnt up to; a learner that
continues from it passes over what lies before, and input offsets are committed only once the model that covers
them is published. Two learners given the same log publish the same model.
"""
