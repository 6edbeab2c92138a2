# Everybody in the Scale groups reads the keys of the mode that their own entity is for.
path "secret/data/scale/{{identity.entity.metadata.mode}}/*" {
  capabilities = ["read"]
}
