"""Copies of mags, layers and datasets: written anew in another form, as files, or as references."""
