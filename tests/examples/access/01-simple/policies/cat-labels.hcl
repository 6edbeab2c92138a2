# The pipeline of cat-labels reads its live keys, and nothing else.
path "secret/data/scale/live/*" {
  capabilities = ["read"]
}
