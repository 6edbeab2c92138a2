"""How long the command line takes, beside the vendors' own programs. ``make bench`` runs it."""
