"""Steps, the graph that they make, and its submission."""
