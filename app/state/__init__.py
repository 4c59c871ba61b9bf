"""What the window shows, as plain observable data: no Qt, no VTK, no torch. Touched on the GUI thread only."""
