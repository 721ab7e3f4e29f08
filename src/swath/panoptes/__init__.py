"""Zooniverse Panoptes exports: reading them, and what is made of them."""
