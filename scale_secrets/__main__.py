"""``python -m scale_secrets`` is the command line."""

from scale_secrets.cli import main

main()
