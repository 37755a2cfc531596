"""Training of a brand detector on drawn films with the user's own logos in them: `python -m gpu_service.train`."""
