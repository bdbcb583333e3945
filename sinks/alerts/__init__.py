"""The notifier: tells people of decisions, or of risks where nothing is decided.

``notifier`` puts the process together. ``decisions`` places and delivers decisions, ``risk_notifier`` delivers alerts
of risks in order, and ``targets`` are their receivers.
"""
