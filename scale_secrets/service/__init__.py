"""Joins the pure parts with the stores: loading, writing, checking, preparing a process."""
