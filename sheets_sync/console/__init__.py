"""Web pages for operators."""
