"""Effective access in AWS: the policy language, its evaluation, Secrets Manager and KMS."""
