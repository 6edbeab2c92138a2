"""Ways to a token: each method is one function and one line in ``methods.METHODS``."""
