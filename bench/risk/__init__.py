"""Quality of the risk on simulated businesses, whose truth is known, and how soon it follows a change."""
