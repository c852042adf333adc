"""Names reduced to what people remember of them: no accents, no signs, no case."""

import re
import unicodedata

# Letters that have no decomposition, and are typed without their stroke.
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ð": "d",
        "đ": "d",
        "þ": "th",
        "ł": "l",
        "ħ": "h",
        "ı": "i",
        "ŋ": "n",
        "&": " and ",
        "'": "",
        "’": "",
        "‘": "",
        "ʼ": "",
        "`": "",
        "´": "",
        "_": " ",
    }
)
# Han and kana are written without spaces: each sign is a word.
_SIGNS = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_SIGNS}]|[^\W{_SIGNS}]+")
_JOINED = re.compile(r"\b\w++(?:[-.·‐‑–]\w++)+")
# "d'Amélie" is found by amelie, too.
_ELIDED = re.compile(r"\b\w['’ʼ](\w\w+)")

# fmt: off
ARTICLES = frozenset({
    "the", "a", "an", "der", "das", "ein", "eine", "le", "la", "les", "l", "un", "une",
    "el", "los", "las", "una", "il", "lo", "gli",
})
# fmt: on
"""Words that a name may begin with and that nobody looks for. Not those that are
words elsewhere: "Die Hard" is no kind of "Hard"."""

# "Part II" and "part 2" are one. Not i, v and x, which are names themselves.
_NUMERALS = {
    "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
}  # fmt: skip

LONGEST_WORD = 40
"""Characters of a word that count."""


def tokens(text: str) -> list[str]:
    """The words of a text in their order: "L'Été, WALL·E" is lete, wall, e. A text
    without a letter is a word itself: there is a film called "$"."""
    words = _split(_plain(text))
    return words or ["".join(text.split())[:LONGEST_WORD]] if text.strip() else []


def key_of(name: str) -> str:
    """What two spellings of one name have in common, for finding a name again:
    "The Matrix" and "matrix" are one."""
    words = tokens(name)
    if len(words) > 1 and words[0] in ARTICLES:
        del words[0]
    return " ".join(words)


def words_of(name: str) -> list[str]:
    """The different words by which a name is found: its own, and what is written in
    parts also as one: "Spider-Man" is spider, man, spiderman."""
    words = dict.fromkeys(tokens(name))
    for joined in _JOINED.findall(_plain(name)):
        words["".join(_split(joined))[:LONGEST_WORD]] = None
    for elided in _ELIDED.findall(name):
        words.update(dict.fromkeys(tokens(elided)))
    return list(words)


def _split(plain: str) -> list[str]:
    return [_NUMERALS.get(word, word[:LONGEST_WORD]) for word in _WORD.findall(plain)]


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower().translate(_PLAIN)
    apart = unicodedata.normalize("NFKD", text.translate(_PLAIN)).casefold()
    bare = "".join(sign for sign in apart if unicodedata.category(sign)[0] != "M")
    # Hangul comes apart with the rest, and is put together again.
    return unicodedata.normalize("NFC", bare.translate(_PLAIN))
