"""One log played twice, in other layouts and under kills: scores, alerts and answers must not differ by a single byte.

``python -m bench.replay`` plays the CDNOW log through intake, worker and learner on a broker of its own: once with few
partitions and one worker, once with many, while processes are killed at drawn moments. Both are compared with each
other and with a backtest, record by record.
"""
