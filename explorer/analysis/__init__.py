"""Analyses of a network: traces, interventions, ablations, gradients, attributions, loss landscapes."""
