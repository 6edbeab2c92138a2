"""Requests to Scale with a key that goes nowhere else: host rules, and auth for HTTP clients."""
