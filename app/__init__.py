"""The application: a window for reading and comparing, and the same work as commands."""
