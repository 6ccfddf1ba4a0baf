#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What contrib/drgn makes of bytes; and that its numbers are those of the core's headers. Run by scripts/check."""
import pathlib
import re
import struct
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "contrib/drgn"))

import mini_mm  # noqa: E402
import page_map  # noqa: E402


def entry(kind: int, order: int = 0, payload: int = 0, links: int = 0xABCDEF) -> bytes:
    """An entry with links that mean nothing."""
    return struct.pack("<III", kind << 28 | order << 24 | links, links, payload)


INSIDE = bytes(12)
# 0: free of order 1; 2: allocated; 3: slub; 4: slab of order 1; 6: delayed; 7: tail
MAP = (
    entry(page_map.FREE, 1) + INSIDE
    + entry(page_map.ALLOCATED)
    + entry(page_map.SLUB, 0, 7 | 5 << 20 | 3 << 30)
    + entry(page_map.SLAB, 1, 0x4FF) + INSIDE
    + entry(page_map.DELAYED)
    + entry(page_map.TAIL, 0, 4)
)


class PageMap(unittest.TestCase):
    """Blocks and slabs."""

    def test_blocks_follow_each_other(self):
        blocks = list(page_map.blocks_of(MAP))
        self.assertEqual([block.page for block in blocks], [0, 2, 3, 4, 6, 7])
        self.assertEqual([block.order for block in blocks], [1, 0, 0, 1, 0, 0])

    def test_free_blocks_are_counted_merged_or_not(self):
        self.assertEqual(page_map.free_by_order(MAP), [1, 1] + [0] * 9)

    def test_a_damaged_entry_is_passed_over(self):
        self.assertEqual([block.page for block in page_map.blocks_of(INSIDE + MAP[:24])], [1])
        self.assertEqual(list(page_map.blocks_of(entry(page_map.FREE, 3))), [])

    def test_a_slub_slab_is_in_its_entry(self):
        block = list(page_map.blocks_of(MAP))[2]
        self.assertEqual(page_map.slab_of(block, self.fail), page_map.Slab(7, 5))
        aside = block._replace(payload=7 | page_map.SLUB_ASIDE << 20)
        self.assertIsNone(page_map.slab_of(aside, self.fail))

    def test_a_slab_has_a_header_in_the_region(self):
        block = list(page_map.blocks_of(MAP))[3]

        def read(offset: int, size: int) -> bytes:
            self.assertEqual((offset, size), (0x4FF0, 12))
            return struct.pack("<IIHH", 9 | 1 << 20, 4, 21, 20)

        self.assertEqual(page_map.slab_of(block, read), page_map.Slab(9, 20))
        self.assertIsNone(page_map.slab_of(block, lambda *_: struct.pack("<IIHH", 9, 5, 21, 20)))

    def test_other_blocks_are_no_slabs(self):
        self.assertIsNone(page_map.slab_of(list(page_map.blocks_of(MAP))[0], self.fail))


class Headers(unittest.TestCase):
    """The same numbers stand in the module's headers."""

    def test_kinds(self):
        header = (ROOT / "module/core/border.h").read_text()
        body = re.search(r"enum mini_core_page_kind \{(.*?)\};", header, re.DOTALL)[1]
        number = 0
        for name, value in re.findall(r"MINI_CORE_(\w+)(?: = (\d+))?,", body):
            number = int(value) if value else number
            self.assertEqual(getattr(page_map, name), number, name)
            number += 1
        self.assertEqual(number, 16)

    def test_owners(self):
        header = (ROOT / "module/glue/owner.h").read_text()
        for name in ("NOTED", "BY_HANDLE"):
            bit = int(re.search(rf"#define MINI_OWNER_{name} BIT\((\d+)\)", header)[1])
            self.assertEqual(getattr(mini_mm, f"OWNER_{name}"), 1 << bit)

    def test_orders(self):
        header = (ROOT / "module/core/border.h").read_text()
        self.assertIn(f"MINI_CORE_MAX_ORDER = {page_map.MAX_ORDER},", header)
        self.assertIn(f"MINI_CORE_MAX_CACHE_ID = {page_map.CACHE_ID_MASK:#x},", header)
        self.assertIn(f"MINI_CORE_PAGE_SHIFT = {page_map.PAGE_SHIFT},", header)


class Table(unittest.TestCase):
    """What is printed."""

    def test_columns_line_up(self):
        self.assertEqual(mini_mm.table(["a", ">n"], [("long", 1), ("x", 100)]), "a       n\nlong    1\nx     100\n")


if __name__ == "__main__":
    unittest.main()
