"""The software bill of materials as CycloneDX: what the lock names, with hashes and licences. Same lock, same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from uuid import UUID

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from genesis import __version__
from notices.licences import notice
from notices.lock import ROOT, Pin

FILE = ROOT / "sbom.cdx.json"
_HASH = re.compile(r'\{\s+"alg": "SHA-256",\s+"content": "([0-9a-f]{64})"\s+\}')


def sbom(pins: Iterable[Pin]) -> str:
    """The document, as JSON."""
    bom = Bom(serial_number=UUID(int=0))
    bom.metadata.component = Component(
        name="genesis-orchestrator",
        version=__version__,
        type=ComponentType.APPLICATION,
        bom_ref="genesis-orchestrator",
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    bom.components.update(_component(pin) for pin in pins)
    bom.register_dependency(bom.metadata.component, bom.components)  # else the library warns; taken out below
    made = json.loads(JsonV1Dot6(bom).output_as_string())
    # Of when, where and how often it was made nothing stays. Nor does the graph: here all would hang on Genesis itself,
    # and who really needs whom differs by platform.
    del made["metadata"]["timestamp"], made["serialNumber"], made["dependencies"]
    made["version"] = 1
    text = json.dumps(made, indent=1, sort_keys=True)
    return _HASH.sub(r'{"alg": "SHA-256", "content": "\1"}', text) + "\n"


def _component(pin: Pin) -> Component:
    address = PackageURL(type="pypi", name=pin.name, version=pin.version)
    read = LicenseFactory().make_from_string(
        notice(pin).licence, license_acknowledgement=LicenseAcknowledgement.DECLARED
    )
    # One for each file that pip may take: wheels by platform, and the source archive.
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in pin.hashes]
    marker = [Property(name="genesis:marker", value=pin.marker)] if pin.marker else []
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(address),
        purl=address,
        licenses=[read],
        hashes=hashes,
        properties=marker,
    )
