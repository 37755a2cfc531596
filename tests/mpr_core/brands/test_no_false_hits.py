"""The measurement behind 'nothing invented': prose, slogans and scoreboards against a list of typical sponsor names."""

from __future__ import annotations

import random

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.match import BrandIndex, MatchBrandsConfig, TextReading, match_reading

SPONSORS = """
Visa,LG,HP,KIA,Orange,Coca-Cola,Adidas,Nike,Puma,Pepsi,Samsung,Sony,Heineken,Emirates,Santander,Mastercard,Hyundai,
Toyota,Nissan,Ford,BMW,Audi,Mazda,Hisense,Vivo,Allianz,Turkish Airlines,Bet365,Carlsberg,Corona,McDonald's,Subway,
Oracle,Amazon,Apple,Intel,Canon,Philips,Bosch,Castrol,Shell,Repsol,Mobil,Movistar,Vodafone,Claro,Continental,Pirelli,
Michelin,Dove,Red Bull,Gatorade,Nestlé,3M,7UP,UPS,DHL,Polar,TV Regional Magallanes,Globex,North Star,Target,Uber,Seat
"""
NAMES = [name.strip() for name in SPONSORS.replace("\n", "").split(",")]
CONFIG = MatchBrandsConfig(brands=tuple(Brand(canonical_name=name) for name in NAMES))
INDEX = BrandIndex.from_config(CONFIG)

# Neighbours of the names above on purpose: parts, longer words, one letter off, and the names' everyday meanings.
ENGLISH = (
    "the a this my your every some in of with for and but near beyond after",
    "advisable visa visage orange oranges range target targeted shell shellfish seat seating apple applied canon "
    "cannon mobile automobile intelligent interval continental star north amazon amazing corona coronation subway uber "
    "polar kiwi shopping ships cups groups oracle miracle pumas spike bike ford afford dove shovel glove globe "
    "global regional",
    "need want find open cover bring follow believe reach support deliver enjoy leave paint carry build finds opened",
    "bright quiet narrow sudden gentle foreign hidden simple urgent broad patient hollow mellow",
)
SPANISH = (
    "el la los una su mi cada de con para y pero sin desde entre",
    "visa visado naranja naranjas rango blanco concha asiento manzana cañón móvil automóvil inteligente intervalo "
    "claro clara vivo viva estrella norte amazona corona coronas polar oráculo milagro puma espuma globo global "
    "regional magallánico camino sombra cosecha bandera ventana viajero cuchara",
    "necesita quiere busca abre cubre trae sigue cree alcanza apoya disfruta deja pinta lleva construye encuentra",
    "brillante tranquilo estrecho repentino amable oculto sencillo urgente amplio paciente hueco",
)


def _sentences(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        little, nouns, verbs, adjectives = (words.split() for words in rng.choice([ENGLISH, SPANISH]))
        words = []
        for _ in range(rng.randint(1, 3)):
            words += [rng.choice(little), rng.choice(adjectives), rng.choice(nouns), rng.choice(verbs)]
        words += [rng.choice(little), rng.choice(nouns)]
        text = " ".join(words)
        texts.append(text.capitalize() + rng.choice(["", ".", "!"]))
    return texts


SLOGANS = (
    *("Juntos por un mundo mejor", "EL SABOR DE LA VIDA", "Vive tu momento", "La fuerza de todos", "Siempre contigo"),
    *("Impossible is a word", "THE TASTE OF SUMMER", "Drive your dreams", "Open happiness today", "Live for now"),
    *("Freude am Leben", "DAS BESTE FÜR ALLE", "Geschmack der Heimat", "Wir leben Fußball", "Vorsprung für morgen"),
    *("Le goût de la vie", "il gusto dell'estate", "o sabor da vida", "Lo que el mundo espera de ti es más"),
)
SCOREBOARDS = (
    *("2:1", "45:00", "45+2", "90'", "0 - 0", "FT 3-2", "ESP 1 0 ARG", "HT 1-1 (4-3 pen.)", "$7.99", "19,95 €", "-20%"),
    *(
        "1º",
        "3 m",
        "7 up 3 down",
        "150 hp",
        "5G",
        "24/7",
        "2026",
        "12.05.2026",
        "10:45 pm",
        "No. 15",
        "IS 15",
        "+34 600 100",
    ),
)


def false_hits(texts: list[str] | tuple[str, ...]) -> list[tuple[str, str, str]]:
    hits = []
    for position, text in enumerate(texts):
        edges = {"cut_start": position % 3 == 1, "cut_end": position % 3 == 2}
        for candidate in match_reading(TextReading.model_validate({"text": text, **edges}), INDEX, CONFIG):
            if candidate.accepted:
                hits.append((text, candidate.brand, candidate.reason))
    return hits


def test_two_thousand_sentences_name_no_sponsor() -> None:
    texts = _sentences(2000, seed=3)
    assert len(set(texts)) > 1900
    assert false_hits(texts) == []


def test_the_same_sentences_in_capitals_name_no_sponsor() -> None:
    assert false_hits([text.upper() for text in _sentences(1000, seed=4)]) == []


def test_slogans_and_scoreboards_name_no_sponsor() -> None:
    assert false_hits(SLOGANS) == []
    assert false_hits([text.upper() for text in SLOGANS]) == []
    assert false_hits(SCOREBOARDS) == []


def test_every_sponsor_is_found_as_a_sign() -> None:
    for name in NAMES:
        for text in (name, name.upper(), f"{name}®"):
            told = match_reading(TextReading(text=text), INDEX, CONFIG)
            assert [c.brand for c in told if c.accepted] == [name], text
