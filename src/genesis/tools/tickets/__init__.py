"""Tickets: what they are read from (reading.py), and the rules that sort them (rules.py)."""
