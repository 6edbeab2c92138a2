# A namespace's policy begins at the namespace: this never reaches up to the root's secret/.
path "*" {
  capabilities = ["read"]
}
