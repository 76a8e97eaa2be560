"""The shop behind the counter: catalogue, stock, orders and their reports."""

__version__ = "1.3.2"
