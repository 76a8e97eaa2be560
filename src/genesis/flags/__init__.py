"""Flags and switches."""
