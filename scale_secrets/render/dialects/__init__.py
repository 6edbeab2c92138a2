"""One file per environment-file dialect; ``render.environment`` is their registry."""
