"""Doors into other libraries, each imported only by those who use both."""
