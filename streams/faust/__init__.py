"""All that touches Faust and aiokafka: the app, its transport, its table and how it runs.

No other folder imports faust, mode or aiokafka.
"""
