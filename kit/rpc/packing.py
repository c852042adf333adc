"""Which messages are worth gzip, where it is asked for at all."""

# At 100 Mbit/s shorter ones arrive sooner as they are (docs/decisions/0021).
_SMALLEST_PACKED_BYTES = 2048


def is_worth_packing(raw: bytes) -> bool:
    return len(raw) >= _SMALLEST_PACKED_BYTES
