"""The audit evidence sheet 取证单: an answer with its evidence, on paper, with room for opinions and signatures."""
