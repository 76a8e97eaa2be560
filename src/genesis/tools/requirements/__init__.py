"""Requirement statements: where they are found, how they are worded, what they speak of, how they are accepted.

statements.py  finds them in documents and in the objective
wording.py     vague words, figures without unit, repetitions, contradictions
entities.py    the things with attributes that statements and tables speak of
acceptance.py  Given/When/Then from a statement's own parts
"""
