# A process that uses one live key: the exact path, never a pattern that would also match
# PATH.pending or a test key. Finding out the mount's version needs nothing more.
# Bind the role that gets this policy to what proves the caller (JWT claims, a service account,
# a certificate): a guard in the manifest is asserted by the client and stops mistakes only.
path "secret/data/scale/live/api-key" {
  capabilities = ["read"]
}
