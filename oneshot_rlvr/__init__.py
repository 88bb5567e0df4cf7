"""Reinforcement learning with verifiable reward on one or a few training examples."""

__version__ = "0.1.0"
