"""Small parts that several pages use: charts, tables, tabs, figures, code."""
