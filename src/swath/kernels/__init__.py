"""Compiled loops: arrays in, arrays out. Nothing of Swath's own is imported here."""
