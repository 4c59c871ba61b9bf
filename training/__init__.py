"""Makes bundles: data, losses, loop, stages, evaluation, export. Imports the engine; nobody imports it."""
