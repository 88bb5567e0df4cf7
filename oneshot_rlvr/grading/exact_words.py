"""Words of grader `exact` that are known not to change a number: an allow-list, as no list of the others ends."""

import re
from fractions import Fraction

from oneshot_rlvr.grading.exact_foreign import folded, names_a_thing

# Behind a number, each multiplies it: `3 dozen` is 36, `3 halves` is 3/2.
SCALES: dict[str, Fraction] = {
    word: Fraction(scale)
    for word, scale in {
        "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
        "lakh": 10**5, "crore": 10**7, "k": 10**3, "mn": 10**6, "bn": 10**9,
        "万": 10**4, "亿": 10**8, "千": 10**3, "百": 100, "млн": 10**6, "млрд": 10**9, "тыс": 10**3,
        "тысяч": 10**3, "миллион": 10**6, "миллиард": 10**9, "लाख": 10**5, "करोड़": 10**7, "हज़ार": 10**3,
    }.items()
}  # fmt: skip
SCALES |= {word + "s": SCALES[word] for word in ("dozen", "hundred", "thousand", "million", "billion", "trillion")}
_ORDINALS = "third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
SCALES |= {word + "s": Fraction(1, n) for n, word in enumerate(_ORDINALS.split(), 3)}
SCALES |= {"half": Fraction(1, 2), "halfs": Fraction(1, 2), "halves": Fraction(1, 2), "quarters": Fraction(1, 4)}
SCALES |= {"hundredths": Fraction(1, 100), "thousandths": Fraction(1, 1000)}

ANYTHING = "thing"  # the name of what may be any counted thing, but no unit
_GENERAL = frozenset("way time possibility thing item object number".split())
_NEUTRAL = frozenset(
    """total different distinct possible overall altogether exactly only in all each every
    the a an of such real positive valid unique approximately about left long tall wide high deep away apart old larger
    as us""".split()
)  # what no other name contradicts
_PLURALS = frozenset("roots factors multiples primes terms powers ways times".split())
_THINGS = frozenset(
    """solution integer digit point side edge vertex face angle corner triangle square rectangle circle line segment
    diagonal polygon region piece part group pair set subset element member divisor pattern path route step move game
    match round turn roll toss flip outcome choice option combination permutation arrangement order sequence function
    value tuple triple word letter string card coin die ball marble bead block cube tile box bag basket container
    bottle glass jar bucket barrel can cup plate bowl spoon tray crate package packet pack carton case stack pile row
    column seat chair table desk bench door window room floor wall house home apartment building school class classroom
    student pupil teacher child kid boy girl man woman people person friend player team guest passenger worker employee
    customer visitor neighbor brother sister son daughter parent cousin adult soldier scientist engineer doctor nurse
    patient driver runner swimmer athlete animal dog cat cow horse sheep goat pig hen chicken duck egg bird fish rabbit
    frog bee ant spider lion tiger bear monkey elephant zebra snake turtle apple orange banana pear peach grape cherry
    berry strawberry blueberry lemon mango melon watermelon plum tomato potato carrot onion cookie cake cupcake brownie
    pie pizza slice sandwich burger bagel muffin donut candy chocolate lollipop nut cracker bread loaf meal lunch
    dinner breakfast snack drink juice milk water tea coffee soda flower rose tulip tree plant seed leaf branch bush
    garden acre field farm book page chapter story notebook magazine newspaper paper sheet pen pencil crayon marker
    eraser sticker stamp picture photo painting poster toy doll puzzle balloon kite bike bicycle car truck bus train
    van boat ship plane ticket trip lap stop station store shop shirt dress shoe sock hat glove coat jacket pant scarf
    button ribbon bow ring necklace bracelet earring gift present candle lamp light bulb battery phone computer laptop
    tablet video movie song album cd dvd minute goal run pass question problem exercise task job shift vote voter
    ballot sale shelf drawer stone rock brick log stick nail screw bolt rope wire chain board panel pipe tire wheel
    engine machine robot cell atom molecule electron photon particle star planet signal bit byte hour day night week
    weekend worm shell hand finger foot toe head eye ear leg arm wing tail push pull jump push-up squat length width
    height pencils blanket pillow towel bed napkin fork knife red blue green yellow white black purple pink brown gray
    grey rice sugar flour salt gold silver iron copper sand soil cement butter cheese meat honey oil gas fuel petrol
    air ice snow rain wool cotton fabric children men women feet mice geese teeth dice euro pound yen rupee peso franc
    ruble won yuan currency penny nickel dime heure jour hora dias mois metro pomme personne stunden stunde tage tag
    meter jahre jahr euros fruit family file bean message space feather biscuit basketball lawn vegetable peanut
    marshmallow cone coconut country street weekday city hexagon pentagon sphere cylinder prism pyramid parallelogram
    sector chord kroner krona kronor gramm kilogramm liter kinder eier apfel wege personen ore giorni metri litri chili
    soluzioni modi rupees kilometer minuten sekunden monate jahren stunde sekunde monat karten kugeln punkte steine
    schritte minuti secondi ore anni mesi palline ragazze studenti grammi chilometri centimetri godzin metrow dni lat
    weken uren jaren o'clock tagen monate wochen woche mele ragazzi persone dagen uur""".split()
)  # fmt: skip

# Before a number: how a sentence leads to it. The first set may stand right before it, the others need a verb.
_LEADS = frozenset(
    """so thus hence therefore then finally consequently accordingly exactly precisely only just simply approximately
    roughly about the a an is are was were be equals equal to we get have obtain find there it this that which answer
    final result conclude ans sol soln total totals altogether namely ie i.e gives yields our your i point vector option
    and as in he she they""".split()
)
_TITLES = frozenset(  # of a number or of what is numbered: `the integer 7`, `day 12`
    """number integer prime value digit day page room year question problem step grade week round row column seat house
    quadrant level figure case radius diameter length width height depth area volume perimeter circumference distance
    speed slope mean median mode probability center centre vertex""".split()
)
_NAMES = _THINGS | frozenset(
    """answer final result value number numbers sum product difference quotient area perimeter volume length width
    height radius diameter distance speed rate time probability chance percentage percent mean median mode average
    range total cost price age amount count size maximum minimum max min largest smallest greatest least most
    required desired correct expression equation function limit integral derivative determinant slope intercept
    coefficient degree remainder ratio solution ways possible of in for all with by from at on his her its their our my
    coordinates coordinate
    center centre focus vertex origin midpoint centroid pair solutions unknown variable measure weight
    mass temperature surface domain interval""".split()
)
_VERBS = frozenset("is are was were equals be has have gives yields totals becomes".split())


_ADJECTIVE = re.compile(
    r"(?!exclud|includ|miss|lack|exceed|doubl|halv|tripl|subtract)[a-z]{3,}(?:ing|ous|ful|able|ible)"
)
_PLURAL = re.compile(r"[a-z]{3,}[^\Wsui]s|[a-z]{2,}ies")
# Plurals that stand for a number, or for what is done to one, and other words that end like a plural.
_NO_THING = re.compile(
    r".*(?:illions|illiards|illones|ths|thirds|halves|teens|(?:twen|thir|for|fif|six|seven|eigh|nine)ties)|"
    r"(?:two|three|four|five|sixe|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|quarter|myriad|googol|lakh|"
    r"crore|grosse|score|double|triple|quadruple|percent|percentage|percentile|negative|opposite|inverse|reciprocal|"
    r"conjugate|complement|negation|log|logarithm|factorial|exponent|fraction|decimal|remainder|plu|minu|equal|exceed|"
    r"become|give|mean|fail|lie|doe|wa|ha|ye|alway|sometime|perhap|beside|unles|other|ones|order|magnitude|fold|"
    r"doubling|halving|tripling|squaring|sine|cosine|radical|successor|predecessor|misse|differ|reduce|decrease|increase|"
    r"minuse|upward|downward|afterward|backward)s|.+tuples|"
    r"(?:cent|cien|docen|decen|douzain|dizain|dezen|duzi|dutzend|mill?|tercio|cuart|mitad|metad|moit|tier|terz|decim|"
    r"moins|menos|fois|trois|raic|racin|raiz|negat|quadr|hund|tausend).*"
)
_PARTS = ("half", "semi", "quarter", "double", "triple", "multi", "dozen", "hundred", "thousand", "million")
_COUNTED = _THINGS | _NEUTRAL | _PLURALS | _GENERAL
_MODIFIERS = frozenset(  # only before a name
    """more extra additional golden small large big little short new used whole full empty even odd male female ordered
    unordered lattice interior exterior equal regular""".split()
)


def unwrapped(text: str) -> str:
    """Words in `\\text{}` and around it as one text with single spaces."""
    return " ".join(re.sub(r"\\text\s*\{([^{}]*)\}", r" \1 ", text).split())


def _counts(word: str) -> bool:
    """Tells whether a word names a counted thing: a known one, a plural like `gardeners`, a compound (`surfboard`).

    A plural that stands for a number or an operation does not (`sevenths`, `doublings`), nor one that begins with a
    part or a multiple. Outside ASCII listed words do, and plurals of Latin letters (`élèves`).
    """
    if not word.isascii() and names_a_thing(word):
        return True
    word = folded(word)
    one = singular(word)
    if word in _COUNTED or one in _COUNTED:
        return True
    if (
        not (word.isalpha() and word.isascii())
        or word.startswith(_PARTS)
        or one.endswith(("illion", "illiard"))
        or _NO_THING.fullmatch(word)
    ):
        return False
    return _PLURAL.fullmatch(word) is not None or any(one[start:] in _THINGS for start in range(3, len(one) - 3))


def singular(word: str) -> str:
    """The word without a plural's ending."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes", "oes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 2 else word


def things(words: list[str]) -> tuple[frozenset[str], bool]:
    """The things counted (without words that distinguish nothing), and whether every word is known to count."""
    ones = {singular(word) for word in words if word not in _NEUTRAL | _MODIFIERS and singular(word) not in _NEUTRAL}
    names = frozenset(ones - _GENERAL or ({ANYTHING} if ones else ()))
    known = all(map(_counts, words[-1:])) and all(
        _counts(word) or word in _MODIFIERS or _ADJECTIVE.fullmatch(word) for word in words[:-1]
    )
    return names, known and len(words) < 7 and words[-1:] not in (["a"], ["an"], ["of"], ["the"], ["such"])


def leads_to_number(phrase: str) -> bool:
    """Tells whether the words before a number leave it as it is: `exactly`, `The number of ways is`, not `half of`."""
    words = re.findall(r"[^\W\d_]+(?:\.[^\W\d_])*|[:,]", phrase.lower())
    if re.sub(r"[^\W\d_]+|[\s:,.*']", "", phrase):
        return False
    while words and words[-1] in ":,":
        if words.pop() == ":":
            return all(word in _LEADS or word in ":," or singular(word) in _NAMES or word in _NAMES for word in words)
    words = [word for word in words if word not in ":,"]
    if words[-2:] == ["total", "of"]:
        words.pop()
    if all(word in _LEADS for word in words) or (words[-1:] and words[-1] in _TITLES and set(words[:-1]) <= _LEADS):
        return True
    last = max((i for i, word in enumerate(words) if word in _VERBS), default=-1)
    before, after = words[:last], words[last + 1 :]
    return (
        last > 0 and all(w in _LEADS or w in _NAMES or singular(w) in _NAMES for w in before) and set(after) <= _LEADS
    )


# ---- order in words --------------------------------------------------------------------------------------------

_SUBJECT = (
    r"(?:(?P<name>[a-zA-Z]|\\[a-z]+) )?(?:(?:all|any|every|the|a) )*(?:(?:real )?(?:reals?|numbers?|values?) )?"
    r"(?:(?:that|which) )?(?:(?:is|are|must be|has to be|can be) )?(?:strictly )?"
)
_ANY = r"(?:the set of )?(?:all|any|every) (?:(?:real )?(?:numbers?|values?) )?(?:of )?(?P<name>[a-z])"
_REALS = r"(?:the set of )?(?:all )?(?:the )?{} (?:reals|real numbers)"
_PAIR = rf"{_SUBJECT}(?:between|from) (?P<low>[^ ].*?) (?:and|to) (?P<high>[^ ].*?) ?,? \(?"
_SENTENCES = tuple(
    (re.compile(pattern, re.IGNORECASE), signs)
    for pattern, signs in (
        (_REALS.format("positive"), "{x} > 0"),
        (_REALS.format("negative"), "{x} < 0"),
        (_REALS.format("non-?negative"), r"{x} \ge 0"),
        (_REALS.format("non-?positive"), r"{x} \le 0"),
        (_REALS.format("non-?zero"), r"{x} \ne 0"),
        (r"(?P<name>[a-z]) (?:can be|may be|is) any real (?:number|value)", r"-\infty < {x} < \infty"),
        (rf"{_PAIR}inclusive\)?", r"{low} \le {x} \le {high}"),
        (rf"{_PAIR}exclusive\)?", "{low} < {x} < {high}"),
        (rf"{_SUBJECT}(?<=strictly )between (?P<low>.+?) and (?P<high>.+)", "{low} < {x} < {high}"),
        (rf"{_SUBJECT}(?:at least|(?:not|no) (?:less|smaller|fewer|lower) than) (?P<bound>.+)", r"{x} \ge {bound}"),
        (rf"{_SUBJECT}(?:greater|more|larger) than or equal to (?P<bound>.+)", r"{x} \ge {bound}"),
        (rf"{_SUBJECT}(?:at most|(?:not|no) (?:greater|more|larger) than) (?P<bound>.+)", r"{x} \le {bound}"),
        (rf"{_SUBJECT}(?:less|smaller) than or equal to (?P<bound>.+)", r"{x} \le {bound}"),
        (rf"{_SUBJECT}(?:greater|more|larger|bigger|higher) than (?P<bound>.+)", "{x} > {bound}"),
        (rf"{_SUBJECT}(?:less|smaller|fewer|lower) than (?P<bound>.+)", "{x} < {bound}"),
        (r"(?P<bound>.+?) or (?:more|greater|above|larger|higher)", r"{x} \ge {bound}"),
        (r"(?P<bound>.+?) or (?:less|fewer|below|smaller|lower)", r"{x} \le {bound}"),
        (rf"{_ANY} (?:such that|with|where|for which|satisfying) (?P<bound>.+)", "{bound}"),
        (rf"{_ANY} ?(?P<bound>(?:[<>]|\\[gl]e|\\ne).+)", "{x} {bound}"),
    )
)


_TWO_BOUNDS = re.compile(
    r"(.+?),? (and|or) ((?:is |are )?(?:strictly )?"
    r"(?:at (?:least|most)|(?:(?:not|no) )?(?:less|greater|more|smaller|larger)) .+)"
)


def order_in_words(plain: str) -> tuple[str, str] | None:
    """The name that a sentence bounds (it may have none, then it is x) and the sentence in signs.

    Example: `at least 4` gives `("", "x \\ge 4")`; `between 2 and 6`, of which nobody knows the ends, gives None.
    """
    if (both := _TWO_BOUNDS.fullmatch(plain)) is not None:
        left, right = order_in_words(both[1]), order_in_words(both[3])
        if left is not None and right is not None and right[0] in ("", left[0]):
            right_text = right[1] if right[0] else re.sub("^x", left[0] or "x", right[1])
            return left[0], f"{left[1]} \\text{{ {both[2]} }} {right_text}"
    for pattern, signs in _SENTENCES:
        if match := pattern.fullmatch(plain):
            parts = match.groupdict(default="")
            return parts.get("name", ""), signs.format(**parts, x=parts.get("name") or "x")
    return None


# ---- answers in words ------------------------------------------------------------------------------------------

_ARTICLES = re.compile(r"(?<![\w-])(?:an?|the)\s+(?=\w)")
_EXISTS = re.compile(
    r"^(?:there (?:is|are|exists?) |its (?=an? |the )|(?:(?:the )?[a-z]+ )?is (?=an? |the )|(?:it|this) is |they are |"
    r"(?:(?:(?:the|this) )?(?:equation|system|inequality|problem|it) )?has )"
)
_KINDS = re.compile(r"(?<=\w) (?:triangle|number|function|curve|shape|polygon|quadrilateral|solutions?|values?)$")
NOTHING = re.compile(
    r"no (?:(?:real|such|valid|possible|integer|positive|rational|complex) )*"
    r"(?:solution|root|value|answer|number|x)(?: of [a-z])?|"
    r"no such [a-z]+|(?:empty|null) set|none|there is none"
)
EVERYTHING = re.compile(
    r"(?:[a-z] (?:can be|is) )?(?:set of )?(?:all|any|every) (?:of )?(?:the )?"
    r"(?:reals?|real numbers?|real values?|real line)(?: (?:of )?[a-z])?"
)
_HEDGED = r"(?!.*(?<![a-z])(?:yes|no|not|nor|or|but|unless)(?![a-z])).*"
_SUBJECT_OF = re.compile(
    r"^(?:function|series|sequence|graph|curve|limit|integral|system|statement|claim|triangle|quadrilateral|number|it) "
    r"(?:is (?!not )|(?=converges|diverges|increases|decreases))|"
    rf"(?<=^yes)[,.;:] {_HEDGED}|(?<=^no)[,.;:] (?!.*(?<![a-z])(?:yes|or|but|unless)(?![a-z])).*"
)
_KINDS_BEFORE = re.compile(
    r"^(?:team|quadrant|player|store|shop|company|group|plan|machine|town|city|class|train|car|box|bag|graph|figure|"
    r"statement) (?=\w+$)"
)
_ALIKE = {
    "none exist": "none",
    "none exists": "none",
    "dne": "does not exist",
    "doesn't exist": "does not exist",
    "undefined": "undefined",
}


def statement(text: str) -> str:
    """An answer in words without what does not matter: case, articles, plurals of `no solutions`, `There are`."""
    plain = re.sub(r"[\"'`.!{}]+", "", re.sub(r"[\s~]+", " ", text.lower())).strip()
    plain = re.sub(r"^(?:on|in|at) (?=\w)|(?<=[a-z])-(?=[a-z])", "", _ARTICLES.sub("", _EXISTS.sub("", plain)))
    plain = re.sub("right ?angled", "right", plain)
    plain = re.sub(r"^(?:final )?(?:answer|solution set|solution)(?: is)?\s*:?\s+(?=\w)", "", plain)
    plain = re.sub(r"^(?:limit|value|sum|series|integral) (?=does not exist)", "", plain)
    if plain.startswith("no "):
        plain = re.sub(r"(?<=[a-rt-z])s$", "", re.sub(r" exists?$", "", plain))
    return _ALIKE.get(plain, plain)


_ROMAN = re.compile(r"(?:[Qq]uadrant\s+)?(?=[IVX]{2})(X{0,3})(IX|IV|V?I{0,3})")


def roman(text: str) -> int | None:
    """A Roman numeral of two letters or more below forty as a number."""
    match = _ROMAN.fullmatch(text.strip())
    if match is None:
        return None
    ones = {"IX": 9, "IV": 4}.get(match[2]) or 5 * match[2].count("V") + match[2].count("I")
    return 10 * len(match[1]) + ones


_OPTIONAL = (_KINDS, _KINDS_BEFORE, _SUBJECT_OF)  # parts of an answer in words that may be left out


def same_statement(ours: str, theirs: str) -> bool:
    """Tells whether two answers in words say the same; the kind may be left out: `isosceles triangle`, `Team Red`."""
    a, b = statement(ours), statement(theirs)
    return bool(a) and (a == b or any(kind.sub("", a) == b or a == kind.sub("", b) for kind in _OPTIONAL))
