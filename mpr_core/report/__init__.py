"""The report: airings and exposure figures from sightings, as a record, tables, JSON text and one HTML file."""
