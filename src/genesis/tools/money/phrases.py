"""What people call the figures of a business."""

from __future__ import annotations

import re

_ITEMS = (
    r"rent|salar(?:y|ies)|wages?|payroll|insurance|utilities|electricity|hosting|software|licen[cs]es?|lease|cleaning"
)
PHRASES: tuple[tuple[str, str], ...] = (
    ("cac", r"(?:customer )?acquisition costs?(?: per customer)?|\bcac|costs? per (?:acquisition|new customer)"
            r"|(?:costs? )?to (?:acquire|win|get) (?:a|one|each)(?: new)? customer"
            r"|(?:winning|acquiring|getting) (?:a|one|each)(?: new)?(?: customer| user| member)?(?: costs?)?"),
    ("churn", r"(?:customer |logo )?churn(?: rate)?|cancell?ation rate|attrition(?: rate)?|(?:we )?los(?:e|ing)"
              r"|(?:of (?:our |the |all )?\w+ )?(?:leave|quit|cancel|churn)s?"),
    ("retention", r"retention(?: rate)?"),
    ("arpu", r"arpu|arpa|(?:average )?(?:monthly |annual )?revenue per (?:user|customer|account|subscriber|member)"),
    ("target_margin", r"(?:target|desired|wanted|minimum) (?:gross |contribution )?margin"),
    ("margin", r"(?:gross |contribution )?(?:profit )?margin"),
    ("variable_cost", r"variable costs?(?: per \w+)?|unit costs?|(?:direct )?costs? per (?!acqui|new)\w+|cogs"
                      r"|cost of goods(?: sold)?|(?:production|material|ingredient) costs?(?: per \w+)?"
                      r"|to (?:make|produce|serve)(?: (?:it|one|each))?|costs? (?:us|me)"),
    ("fixed_costs", r"fixed costs?|overheads?|fixed expenses?|fixed"),
    ("marketing_spend", r"(?:marketing|ad|advertising|sales and marketing)(?: spend(?:ing)?| budget| costs?)?"),
    ("cost_item", _ITEMS),
    ("new_customers", r"new (?:customers|subscribers|users|members|clients|accounts)|sign-?ups"),
    ("customers", r"(?:paying |active )?(?:customers|subscribers|users|members|clients|accounts|seats)"),
    ("cash", r"(?:opening |starting )?cash(?: balance| in (?:the )?bank| reserves?| on hand| at hand)?(?! ?flow)"
             r"|in the bank|bank balance|(?:opening|starting) balance|bank account|funding|runway money"),
    ("burn", r"(?:monthly |net |gross )*burn(?: rate|ing|s)?"),
    ("revenue", r"(?:monthly |annual |recurring |yearly )*(?:revenues?|turnover)|mrr|arr|takings|earn(?:s|ing)?"
                r"|income"),
    ("growth", r"(?:revenue |monthly |annual )*growth(?: rate)?|grow(?:s|ing)?(?: by| at)?"),
    ("discount_rate", r"discount rate|discount(?:ed)?(?: it| them)? (?:at|with|by)|cost of capital|wacc|hurdle rate"
                      r"|required (?:rate of )?return|interest(?: rate)?|discount"),
    ("investment", r"(?:initial |upfront |one-off )?(?:investments?|outlay|invest(?:s|ing|ed)?)|capex"
                   r"|up[ -]?front(?: costs?)?"
                   r"|initial costs?|purchase price|purchase costs?"),
    ("cash_flow", r"(?:annual |yearly |monthly |net |free )*cash[ -]?flows?|(?:annual |yearly |net )*(?:returns?"
                  r"|inflows?"
                  r"|benefits?)(?: of)?|brings? in|yields?|pays? back|sav(?:es|ings?)"),
    ("elasticity", r"(?:price )?elasticity(?: of demand)?"),
    ("costs", r"(?:monthly |annual |operating |running |total )*(?:costs?|expenses?|outgoings|spend(?:s|ing)?)"),
    ("price", r"(?:current |list |sales? |selling |ticket |unit |subscription |new )*(?:price points?|prices?|priced at"
              r"|fee"
              r"|subscription)|sell(?:ing|s)?(?: it| them| each| one)? (?:for|at)|charg(?:e|es|ing)"
              r"|(?:go|goes|move|rise|fall|change|increase|raise|raised)s? (?:it |them )?from"
              r"|per (?:cup|ticket|seat)"),
    ("units", r"(?:sell(?:ing|s)?|sold)|(?:units?|pieces|items|tickets|cups|copies|bottles|orders|meals|loaves|boxes)"
              r"(?: sold)?|sales volume|volume"),
)  # fmt: skip
"""In order: where two fit at one place, the earlier wins."""

COMPILED = tuple((name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)) for name, pattern in PHRASES)

MONEY = frozenset(
    {"cac", "arpu", "variable_cost", "fixed_costs", "marketing_spend", "cost_item", "cash", "burn", "revenue"}
    | {"investment", "cash_flow", "costs", "price"}
)
RATES = frozenset({"churn", "retention", "target_margin", "margin", "growth", "discount_rate"})
COUNTS = frozenset({"new_customers", "customers", "units"})

NAMES = {
    "cac": "CAC",
    "arpu": "ARPU",
    "fixed_costs": "fixed costs",
    "variable_cost": "variable cost per unit",
    "target_margin": "target margin",
    "marketing_spend": "marketing spend",
    "new_customers": "new customers",
    "discount_rate": "discount rate",
    "cash_flow": "cash flow",
    "cost_item": "cost",
}


def called(name: str) -> str:
    """A figure's name in a sentence."""
    return NAMES.get(name, name)
