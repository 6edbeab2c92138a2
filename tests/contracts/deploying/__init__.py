"""The examples of docs/examples, read by the tools that they are for and executed."""
