"""The colours of overlays: Okabe and Ito's palette, which people with any kind of colour vision can tell apart.

Source: M. Okabe, K. Ito, Color Universal Design, 2008.
"""

from __future__ import annotations

from enum import Enum


class Colour(Enum):
    """One colour as `(red, green, blue)`; what each stands for is said in every picture's legend."""

    ORANGE = (230, 159, 0)
    SKY = (86, 180, 233)
    GREEN = (0, 158, 115)
    YELLOW = (240, 228, 66)
    BLUE = (0, 114, 178)
    VERMILLION = (213, 94, 0)
    PURPLE = (204, 121, 167)
    GREY = (187, 187, 187)
    BLACK = (0, 0, 0)

    @property
    def rgb(self) -> tuple[int, int, int]:
        return self.value

    @property
    def bgr(self) -> tuple[int, int, int]:
        red, green, blue = self.value
        return blue, green, red

    @property
    def ink_rgb(self) -> tuple[int, int, int]:
        """What is legible on it: black or white, whichever differs more (relative luminance, ITU-R BT.709)."""
        red, green, blue = self.value
        return (0, 0, 0) if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 110 else (255, 255, 255)
