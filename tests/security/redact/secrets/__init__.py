"""Credentials made from the providers' documents. The redactor is measured with them and may not be built on them."""

from __future__ import annotations

from tests.security.redact.secrets import (
    cloud,
    delivery,
    hosts,
    keys,
    lines,
    messages,
    models,
    payments,
    services,
    watching,
)

KINDS = (
    *cloud.KINDS,
    *hosts.KINDS,
    *models.KINDS,
    *messages.KINDS,
    *payments.KINDS,
    *watching.KINDS,
    *delivery.KINDS,
    *services.KINDS,
    *keys.KINDS,
    *lines.KINDS,
)
