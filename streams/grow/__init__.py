"""``stayline grow``: more customer partitions, and every customer with its state on the one where its pages will lie.

Law of this package:

* Nothing moves while an intake or a worker runs, or while a page waits that no worker has folded.
* A customer is on one partition at any time: its state there and its tombstone here are one transaction.
* Before anything changes, every offset of the workers' group is marked (:mod:`streams.grow.positions`). No worker folds
  from a marked offset, whatever its settings, so a growth that died can only be finished.
* The mark holds the count and the checksum of before, so that the run that finishes proves that nothing was lost.
"""
