"""scale-secrets: Scale AI keys from a store into a process, a file or a request."""

__version__ = "0.1.0"
