"""The engine: chunks in, tables out. It knows no workflow."""
