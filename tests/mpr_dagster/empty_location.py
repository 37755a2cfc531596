"""A code location without any job."""

from __future__ import annotations

import dagster as dg

defs = dg.Definitions()
