"""What must hold of every page: it fits, and all that is in it has a name."""

from playwright.async_api import Page

# Controls by what a screen reader would say of them; ids, which labels refer to.
_LOOK = """() => {
  const shown = (each) => each.checkVisibility();
  const label = (each) => each.labels && each.labels[0] && each.labels[0].textContent;
  const named = (each) =>
    each.getAttribute("aria-label") || label(each) || each.textContent.trim() ||
    [...each.querySelectorAll("img")].some((image) => image.alt);
  const written = "input, select, textarea";
  const controls = [...document.querySelectorAll(`a, button, ${written}, summary`)];
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const told = (each) => each.outerHTML.slice(0, 120);
  return {
    tooWide: document.documentElement.scrollWidth > innerWidth,
    headings: [...document.querySelectorAll("h1")].filter(shown).length,
    nameless: controls.filter((each) => shown(each) && !named(each)).map(told),
    withoutAlt: [...document.querySelectorAll("img:not([alt])")].map(told),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
    inline: [...document.querySelectorAll("script:not([src]), [onclick]")].map(told),
  };
}"""

SOUND = {
    "tooWide": False,
    "headings": 1,
    "nameless": [],
    "withoutAlt": [],
    "twice": [],
    "inline": [],
}


async def ensure_sound(page: Page) -> None:
    found = await page.evaluate(_LOOK)
    assert found == SOUND, (page.url, found)
