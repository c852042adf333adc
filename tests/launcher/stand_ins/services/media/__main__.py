"""media in little."""

from stand_in_service import main

main("media")
