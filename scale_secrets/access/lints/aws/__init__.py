"""Lints of AWS policies, one per file."""
