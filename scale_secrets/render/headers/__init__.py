"""One file per form of the Authorization header; ``render.header`` is their registry."""
