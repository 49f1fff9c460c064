"""Closed Book's objectives on Transformers, PEFT and Accelerate: what train.py is made of."""
