"""The invented brands: how each is written, drawn and listed.

No name here is known to the authors as a real brand. The short ones are picked because English words contain their
letters ('YW' in ANYWHERE, 'RKE' in MARKET, 'OVA' in INNOVATION). Decoys are listed in the brand file but never drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mpr_core.synth.fonts import FaceName

Colour = tuple[int, int, int]

_WHITE, _BLACK, _YELLOW = (245, 245, 245), (22, 20, 20), (40, 215, 250)
_RED, _NAVY, _GREEN, _SKY = (40, 30, 195), (92, 40, 18), (70, 120, 20), (225, 160, 60)
_PURPLE, _ORANGE, _CREAM, _TEAL = (120, 30, 92), (30, 110, 240), (205, 228, 240), (125, 115, 10)


@dataclass(frozen=True)
class Brand:
    """One brand: its entry in the brand file and its look. Each of `writings` (what may be drawn) is listed there."""

    canonical_name: str
    face: FaceName
    ink_bgr: Colour
    ground_bgr: Colour
    writings: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    icon: str = ""

    def entry(self) -> dict[str, object]:
        """The brand file's entry: `{canonical_name, aliases, exclude}`."""
        return {"canonical_name": self.canonical_name, "aliases": list(self.aliases), "exclude": list(self.exclude)}


SHOWN: tuple[Brand, ...] = (
    Brand("Vantelo", "sans_bold", _WHITE, _RED, ("Vantelo", "VANTELO"), icon="ring"),
    Brand("Brixomar", "serif_bold", _NAVY, _CREAM, ("Brixomar", "BRIXOMAR")),
    Brand("YW", "sans_bold", _BLACK, _YELLOW, ("YW",), icon="bar"),
    Brand("RKE", "mono_bold", _WHITE, _NAVY, ("RKE",)),
    Brand("Trelix 24", "sans_bold_oblique", _YELLOW, _BLACK, ("Trelix 24", "TRELIX 24"), ("Trelix24",)),
    Brand("Café Solvère", "stix_bold_italic", _CREAM, (28, 44, 74), ("Café Solvère",), ("Cafe Solvere",)),
    Brand("Mündrik", "sans_bold", _WHITE, _GREEN, ("Mündrik", "MÜNDRIK"), icon="wedge"),
    Brand("Palmora Bank", "stix_bold", _WHITE, _TEAL, ("Palmora Bank", "PALMORA BANK", "PALMORA"), ("Palmora",)),
    Brand("Oltessa Airways", "sans", _NAVY, _WHITE, ("Oltessa Airways", "OLTESSA AIRWAYS"), ("Oltessa",), icon="wedge"),
    Brand("9Dravo", "mono_bold", _BLACK, _ORANGE, ("9Dravo", "9DRAVO"), icon="ring"),
    Brand("Fjellqua", "cm_sans", _WHITE, _SKY, ("Fjellqua", "FJELLQUA")),
    Brand("Tavikko", "serif_bold_italic", _RED, _WHITE, ("Tavikko", "TAVIKKO")),
    Brand(
        "Lumgrave & Dhent", "cm_bold", _BLACK, _CREAM, ("Lumgrave & Dhent",), ("Lumgrave and Dhent", "Lumgrave&Dhent")
    ),
    Brand("zurplo", "sans_bold", _YELLOW, _PURPLE, ("zurplo",), icon="bar"),
    Brand("QJ5", "sans_bold_oblique", _WHITE, _BLACK, ("QJ5",)),
)

DECOYS: tuple[Brand, ...] = (
    Brand("Velantro", "sans_bold", _WHITE, _RED, ("Velantro",)),
    Brand("Ortovexa", "serif_bold", _WHITE, _NAVY, ("Ortovexa",)),
    Brand("OVA", "sans_bold", _BLACK, _WHITE, ("OVA",)),
    Brand("Kelbrundt", "cm_sans", _WHITE, _GREEN, ("Kelbrundt",)),
    Brand("Solane", "stix_bold", _RED, _WHITE, ("Solane",), exclude=("Solane Street",)),
    Brand("Miroque Café", "stix_bold_italic", _CREAM, _BLACK, ("Miroque Café",), ("Miroque",)),
    Brand("Trebix", "sans_bold_oblique", _YELLOW, _BLACK, ("Trebix",)),
)

ALL: tuple[Brand, ...] = SHOWN + DECOYS
NAMES: tuple[str, ...] = tuple(brand.canonical_name for brand in ALL)

SLOGANS = (
    "SHOP ANYWHERE, PAY ANYTIME",
    "THE MARKET NEVER SLEEPS",
    "INNOVATION YOU CAN FEEL",
    "Taste the morning",
    "MADE FOR EVERYWHERE",
    "more for less, every day",
    "WORKED BY HAND SINCE 1911",
    "KEEP THE CITY CLEAN",
)
SHOP_WORDS = (
    "OPEN",
    "EXIT",
    "SALE",
    "BAKERY",
    "KIOSK",
    "FLOWERS",
    "BOOKS",
    "PHARMACY",
    "TO LET",
    "MARKET HALL",
    "PULL",
)
PRICES = ("€ 4,99", "2 for 5", "-30%", "€ 12.50", "ONLY 1,29", "€ 0,89")
TEAMS = ("HAL", "NOR", "BRM", "TUS", "VIK", "LOD", "SAB", "GRE")


class Deck:
    """Deals the shown brands round and round, reshuffled each time: a film of any length keeps showing all of them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[Brand] = []

    def deal(self, count: int) -> tuple[Brand, ...]:
        """`count` different brands, `count <= len(SHOWN)`."""
        hand: list[Brand] = []
        while len(hand) < count:
            if not self._left:
                self._left = [SHOWN[i] for i in self._rng.permutation(len(SHOWN))]
            fresh = next((i for i, brand in enumerate(self._left) if brand not in hand), None)
            if fresh is None:
                self._left = []
                continue
            hand.append(self._left.pop(fresh))
        return tuple(hand)
