"""Receivers of alerts: a webhook, Prometheus Alertmanager, a file a day, and the log."""
