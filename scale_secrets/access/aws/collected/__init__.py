"""Collected files, as the AWS CLI prints them, to the model: one module per kind of file."""
