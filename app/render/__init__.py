"""Draws frozen answers: slices by QPainter, 3-D by VTK. No widgets; works without a screen."""
