# A policy of the root namespace reaches down into others. The value comes wrapped: whoever
# unwraps it first is the only one who gets it.
path "team/secret/data/scale/live/*" {
  capabilities     = ["read"]
  min_wrapping_ttl = "1m"
}
