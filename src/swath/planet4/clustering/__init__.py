"""Clustering: the markings that several volunteers made of one fan or blotch, and their average."""
