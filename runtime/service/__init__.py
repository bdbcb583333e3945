"""What makes a program a service: health, liveness, signals, graceful shutdown, backoff and logs."""
