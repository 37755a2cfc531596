"""The host's paths."""

from __future__ import annotations

DETECT = "/detect"
OCR = "/ocr"
PREPROCESS = "/preprocess"
SEGMENT_FIELD = "/segment_field"
DETECT_EDGES = "/detect_edges"
VLM = "/vlm"
DEBUG = "/debug"
"""Behind each of the above."""
LIVE = "/v2/health/live"
READY = "/v2/health/ready"
MODELS = "/v2/models"
METRICS = "/metrics"
