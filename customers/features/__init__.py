"""Features: states as numbers for a model, and the life cycle stages that follow from them."""
