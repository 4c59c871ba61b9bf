"""The inference library: a scan in, the same brain in another contrast out. No Qt, no VTK, at home in a notebook."""

__version__ = "0.1.0"
