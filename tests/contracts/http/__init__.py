"""The auth in the hands of the real clients, against a real server."""
