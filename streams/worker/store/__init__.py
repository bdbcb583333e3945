"""The customers of a partition on this machine: what is committed, and over it what is not yet."""
