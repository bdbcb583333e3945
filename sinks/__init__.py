"""Outputs of Stayline: ClickHouse for analysts, webhooks for people, metrics for operators.

Law of this package: it imports only ``schemas`` of ours, ``clickhouse_connect`` is met nowhere else, and every
effect is idempotent by key, so that anything may be sent again.
"""
