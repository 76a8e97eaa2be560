"""Takes secrets out of text, at the source of everything that is written, stored or told. `redactor.py` is the face."""
