/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the terminal can show.
 */
#pragma once

namespace minimm {

/* Of standard output, or $COLUMNS, or 80. */
unsigned terminal_columns();

/* Standard output is a terminal, and neither NO_COLOR nor TERM=dumb speaks against it. */
bool terminal_has_colours();

/* Standard error is a terminal that can go back to a line's start. */
bool terminal_redraws();

/* The locale's characters are UTF-8. */
bool terminal_has_unicode();

}  // namespace minimm
