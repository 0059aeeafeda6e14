"""Brings Arize annotations into agreement with what experts say in Google Sheets."""
