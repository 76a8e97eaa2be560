"""Leads: which columns say who they are and how promising."""
