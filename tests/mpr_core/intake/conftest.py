"""The clips of the media tests, for cutting."""

from __future__ import annotations

from tests.mpr_core.media.conftest import clip

__all__ = ["clip"]
