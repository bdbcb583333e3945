"""What a careful analyst would look at in a history, in little memory."""
