"""Widgets that several pages use: charts, tables, figures, code, errors, fragments."""
