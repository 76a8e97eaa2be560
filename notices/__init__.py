"""What `make run` installs and under which licences: makes sbom.cdx.json and the table in THIRD_PARTY.md."""
