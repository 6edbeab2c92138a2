# An operator who writes one live key: reads before the compare-and-swap write, merges the
# scale-mode label into the metadata, and can list versions. Deleting is not part of it.
path "secret/data/scale/live/api-key" {
  capabilities = ["create", "read", "update"]
}

path "secret/metadata/scale/live/api-key" {
  capabilities = ["create", "read", "patch"]
}
