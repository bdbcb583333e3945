"""Collects what was folded into batches and commits each as one Kafka transaction."""
