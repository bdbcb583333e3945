"""Parts of a long-running process: health, liveness, signals, graceful shutdown, backoff and logs."""
