#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What mini_mm's page map says, from its bytes.

The core is C++ and built with line tables only, so that a debugger knows no types of it. This is its layout once
more, as module/core/page_map.hpp, slab_descriptor.hpp and slub_page.hpp have it: twelve bytes for each page.

    word 0   next:24  order:4  kind:4
    word 1   prev:24  more:8
    word 2   payload:32

Nothing here needs a kernel, nor drgn.
"""
import struct
from typing import Callable, Iterator, NamedTuple, Optional

ENTRY_BYTES = 12
PAGE_SHIFT = 12
MAX_ORDER = 10

INSIDE, FREE, SLAB, DELAYED, TAIL, SLUB, CACHED = range(7)
ISOLATED, ALLOCATED = 8, 15

CACHE_ID_MASK = 0xFFFFF
# A slab's header: cache, page, objects, in_use. References to it are in units of 16 bytes.
HEADER = struct.Struct("<IIHH")
HEADER_ALIGN = 16
SLUB_ASIDE = 1023


class Entry(NamedTuple):
    """What the page map has of one page."""

    kind: int
    order: int
    payload: int


class Block(NamedTuple):
    """A block of pages: its first page, 2^order pages, what it is."""

    page: int
    order: int
    kind: int
    payload: int


class Slab(NamedTuple):
    """Whose a slab is, and how many of its objects are out."""

    cache: int
    in_use: int


def entry_of(raw: bytes) -> Entry:
    """One entry of the page map."""
    head, _, payload = struct.unpack("<III", raw)
    return Entry(head >> 28, head >> 24 & 0xF, payload)


def blocks_of(page_map: bytes) -> Iterator[Block]:
    """The blocks of a region, in the order of their pages.

    A page that should start a block and does not is passed over: the map may be damaged, or of a live kernel in which
    a block was split or merged meanwhile.
    """
    pages = len(page_map) // ENTRY_BYTES
    page = 0
    while page < pages:
        entry = entry_of(page_map[page * ENTRY_BYTES : (page + 1) * ENTRY_BYTES])
        if entry.kind == INSIDE or page + (1 << entry.order) > pages:
            page += 1
            continue
        yield Block(page, entry.order, entry.kind, entry.payload)
        page += 1 << entry.order


def free_by_order(page_map: bytes) -> list[int]:
    """How many free blocks there are of each order."""
    free = [0] * (MAX_ORDER + 1)
    for block in blocks_of(page_map):
        if block.kind in (FREE, DELAYED) and block.order <= MAX_ORDER:
            free[block.order] += 1
    return free


def slab_of(block: Block, read: Callable[[int, int], bytes]) -> Optional[Slab]:
    """The slab that starts with @block; None when none does, or when it was put aside.

    @read gives so many bytes at an offset in the region: for slabs whose management data lies there.
    """
    if block.kind == SLUB:
        in_use = block.payload >> 20 & 1023
        return None if in_use == SLUB_ASIDE else Slab(block.payload & CACHE_ID_MASK, in_use)
    if block.kind != SLAB:
        return None
    cache, page, _, in_use = HEADER.unpack(read(block.payload * HEADER_ALIGN, HEADER.size))
    return Slab(cache & CACHE_ID_MASK, in_use) if page == block.page else None
