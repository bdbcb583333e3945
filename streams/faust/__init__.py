"""All that touches Faust and aiokafka; no other folder imports faust, mode or aiokafka.

A process gives a :class:`streams.faust.protocol.RecordHandler`, and Faust decides when its methods are called.
What of Faust is used, and what is replaced, is decision 20.
"""
