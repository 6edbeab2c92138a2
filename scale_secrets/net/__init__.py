"""HTTP for the stores: one transport, with one total deadline and a checked answer."""
