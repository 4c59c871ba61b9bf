"""What the reader can ask for, a table a menu."""
