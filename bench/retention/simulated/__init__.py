"""A simulated shop, the policies that compete in it, and a year under each of them."""
