"""Thin widgets: they show state and pass on what the hand does. Arithmetic lives in app.state."""
