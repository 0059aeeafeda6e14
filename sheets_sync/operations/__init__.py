"""Reads and operator actions, one set for the command line, the console and metrics."""
