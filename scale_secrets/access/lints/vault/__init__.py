"""Lints of Vault and OpenBao policies, one per file."""
