"""Logos that the tests draw: one with a transparent ground, one without."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

RING, WEDGE = "Ringo", "Keil & Söhne"


def draw_logos(folder: Path) -> Path:
    """A folder with a sub-folder for each of the two brands."""
    ring = np.zeros((300, 300, 4), np.uint8)
    cv2.circle(ring, (150, 150), 100, (30, 30, 220, 255), 50)
    cv2.circle(ring, (150, 150), 40, (30, 200, 240, 255), -1)
    wedge = np.full((120, 360, 3), (140, 40, 10), np.uint8)
    cv2.fillPoly(wedge, [np.array(((20, 100), (90, 15), (160, 100)))], (255, 255, 255))
    cv2.rectangle(wedge, (190, 30), (330, 90), (40, 220, 250), -1)
    for brand, name, picture in ((RING, "ring.png", ring), (WEDGE, "wedge.jpg", wedge)):
        (folder / brand).mkdir(parents=True)
        (folder / brand / name).write_bytes(cv2.imencode(name[-4:], picture)[1].tobytes())
    return folder
