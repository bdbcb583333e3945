"""Reviews: times at which to look at a silent customer, and the alerts that follow."""
