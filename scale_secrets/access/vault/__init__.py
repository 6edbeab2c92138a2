"""Effective access in Vault and OpenBao: the policy language, the ACL, KV paths, principals."""
