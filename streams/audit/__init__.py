"""``stayline audit``: compares Kafka, the customers' states and ClickHouse, and says where they differ.

Law of this package: it only reads, commits nothing, and belongs to no group. The modules that compare (``index``,
``compare``) know neither server and get arrays of fingerprints; those that read decide nothing.

Nothing is compared that is still on its way. A round first asks how far intake has committed the raw topics: everything
below lies in ``interactions`` before its present end, which worker and sink must have committed before anything is
looked at. So rows in ClickHouse count only below these raw offsets; and of the states, those of customers who had
events after that end are left to the next round.
"""
