"""What is computed from a network: traces, interventions, ablations, gradients, attributions, landscapes."""
