"""A local Google and Arize that behave as the real ones do, for demos and tests."""
