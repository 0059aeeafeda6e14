"""The three verbs, and when each of them runs."""
