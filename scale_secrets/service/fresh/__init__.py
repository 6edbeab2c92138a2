"""Values that are kept fresh while a program runs: read in the background, or not given out."""
