"""What an application relies on: real HTTP clients, and faults at start-up and later."""
