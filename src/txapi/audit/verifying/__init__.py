"""The parts of a verification 核验: what is shown, whether it is in order, and whether it is what was signed."""
