"""JSON Schema validation that never repeats the instance, and what is built on it."""
