"""One log played twice, in other layouts and under kills: no score, alert, decision, outcome or answer may differ.

``python -m bench.replay`` plays the CDNOW log through intake, worker and learner on a broker of its own: once with few
partitions and one worker, once with many, while processes are killed at drawn moments. Both are compared with each
other and with a backtest, record by record.
"""
