# Developers read every key...
path "secret/data/*" {
  capabilities = ["read"]
}

# ...but no live one, whatever the team. So it seems.
path "secret/data/+/live/*" {
  capabilities = ["deny"]
}
