path "secret/scale/live/api-key" {
  capabilities = ["read"]
}
