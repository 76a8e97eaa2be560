"""Secrets that were written into files: found by format and by name, and masked. No secret is ever handed on."""
