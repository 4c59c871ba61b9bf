"""Honest floors that a model must beat, on the same data and by the same evaluation."""
