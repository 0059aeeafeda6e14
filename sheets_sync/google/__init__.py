"""All that speaks to Google."""
