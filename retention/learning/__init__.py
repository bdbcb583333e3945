"""Learning of policies from settled decisions and bids: evidence on actions, the model of gains, prices."""
