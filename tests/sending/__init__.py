"""Sending: workers, pace, decisions, doubt, and the simulation of all of them."""
