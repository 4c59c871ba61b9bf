"""Brains made by physics: five contrasts of one anatomy, with a label map behind them or with none."""
