"""Compiled kernels: arrays in, arrays out. They import nothing of ours."""
