"""Pictures, made smaller. Runs in a process of its own: `python -m` this."""

import base64
import io
from typing import Any

from PIL import Image, ImageFile, ImageOps

from kit.answering import ATTACHED, answer_questions

WITHIN_S = 8
_MOST_PIXELS = 24_000_000
# Of what must be unpacked as large as it is.
_MOST_UNPACKED = 12_000_000
# None of them runs anything: SVG, PDF and PostScript would.
_READ = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
_WRITTEN: dict[str, dict[str, Any]] = {
    "image/webp": {"format": "WEBP", "quality": 80, "method": 2},
    "image/avif": {"format": "AVIF", "quality": 60, "speed": 9},
    "image/jpeg": {"format": "JPEG", "quality": 82, "progressive": True},
}
_ORIENTATION, _LYING = 0x0112, 5
_PREVIEW_SIDE = 16
_PREVIEW_QUALITY = 30
_COLORS = 6
# Of what stands behind a picture that lets something through.
_GROUND = (24, 26, 30)


def draw(question: dict[str, Any]) -> dict[str, Any]:
    """The picture in the size and form asked for, with how it looks; or why it cannot
    be made."""
    original = question.get(ATTACHED, b"")
    width, height = question["width"], question["height"]
    try:
        picture = _opened(original, width, height)
        picture = _sized(picture, width, height, is_cover=question["cover"])
        return {
            "body": _text_of(_written(picture, question["type"])),
            "color": _color(picture),
            "preview": _preview(picture),
        }
    except _TooLarge:
        return _cannot("too_many_pixels", "it has too many pixels")
    except Image.DecompressionBombError:
        return _cannot("bomb", "it is a bomb")
    except MemoryError:
        return _cannot("memory", "it needs too much memory")
    # Pillow raises what it likes for bytes that are no picture: SyntaxError,
    # struct.error, zlib.error, IndexError. All of them say that it is none.
    except Exception as exc:  # noqa: BLE001
        why = f"it is no whole picture ({type(exc).__name__})"
        return _cannot("no_picture", why)


def _cannot(reason: str, why: str) -> dict[str, Any]:
    return {"cannot": why, "reason": reason}


class _TooLarge(Exception):
    pass


def _opened(original: bytes, width: int, height: int) -> Image.Image:
    """Decoded, the right way up, and not much larger than wanted where the format can
    do that. Raises whatever Pillow does."""
    picture: Image.Image = Image.open(io.BytesIO(original), formats=_READ)
    # Known from its head, before anything is unpacked.
    most = _MOST_PIXELS if picture.format == "JPEG" else _MOST_UNPACKED
    if picture.width * picture.height > most:
        raise _TooLarge
    if picture.getexif().get(_ORIENTATION, 1) >= _LYING:
        width, height = height, width
    across, down = _drafted(picture.size, width, height)
    picture.draft("RGB", (across, down))
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _drafted(size: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """What a JPEG may be unpacked to: half as large again as what is wanted, so that
    the rest of the way is well drawn."""
    scale = max(width / size[0], height / size[1])
    return round(size[0] * scale * 1.5), round(size[1] * scale * 1.5)


def _sized(
    picture: Image.Image, width: int, height: int, *, is_cover: bool
) -> Image.Image:
    """Never larger than it is."""
    if is_cover and width and height:
        scale = min(1.0, picture.width / width, picture.height / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    scale = min(
        1.0,
        width / picture.width if width else 1.0,
        height / picture.height if height else 1.0,
    )
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _written(picture: Image.Image, media_type: str) -> bytes:
    if media_type == "image/jpeg":
        picture = _flat(picture)
    into = io.BytesIO()
    # Nothing of what the camera or the editor wrote beside it comes along.
    picture.info.clear()
    picture.save(into, **_WRITTEN[media_type])
    return into.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, _GROUND)
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _color(picture: Image.Image) -> str:
    """Of its few colors, the one that there is most of."""
    small = _flat(picture).resize((32, 32), Image.Resampling.BOX)
    few = small.quantize(_COLORS)
    # Of a picture of one byte a pixel: how many there are of each.
    counts = few.histogram()
    place = counts.index(max(counts))
    red, green, blue = (few.getpalette() or [0, 0, 0])[3 * place :][:3]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _preview(picture: Image.Image) -> str:
    small = _flat(picture)
    small.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE))
    into = io.BytesIO()
    small.save(into, "WEBP", quality=_PREVIEW_QUALITY, method=6)
    return "data:image/webp;base64," + _text_of(into.getvalue())


def _text_of(body: bytes) -> str:
    return base64.b64encode(body).decode()


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    answer_questions(draw, within_s=WITHIN_S)
