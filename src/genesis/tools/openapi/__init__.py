"""OpenAPI documents: what is wrong with one, and where its references lead."""
