"""The HTML shell and the SVG drawing that report, gate pages and console share."""
