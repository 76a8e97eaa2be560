"""Money: figures as people state them, formulas with what went into them, and what cash flows are worth."""
