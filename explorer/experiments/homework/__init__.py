"""Homework 2: six questions about the residual, what the numbers answer, and the file to hand in."""
