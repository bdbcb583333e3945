"""The whole pipeline: real processes, a real broker, a real engine, and what a person would do with them."""
