"""Templates, plots, and values as one reader writes them; it asks no server."""
