"""Requests to Scale: which hosts get a key, and who signs."""
