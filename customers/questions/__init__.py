"""Questions: asked with the features of their moment, settled once when their answers are final."""
