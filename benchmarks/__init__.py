"""Figures of this package and of what it is measured against, side by side in one run."""
