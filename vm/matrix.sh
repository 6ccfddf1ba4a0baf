# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The one reader of vm/matrix. Source it after scripts/lib.sh; MINI_MM_MATRIX names another matrix.

matrix_file=${MINI_MM_MATRIX:-$(dirname "$(realpath "${BASH_SOURCE[0]}")")/matrix}

matrix_lines() { grep -vE '^[[:space:]]*(#|$)' "$matrix_file"; }

matrix_names() { matrix_lines | awk '{ print $1 }'; }

# matrix_made HOW...: the names of the kernels that are had in one of these ways.
matrix_made() { matrix_lines | awk -v how=" $* " 'index(how, " " $2 " ") { print $1 }'; }

# matrix_with LANE: the names of the kernels that have this lane at all.
matrix_with() {
	matrix_lines | awk -v lane="$1" 'index("," $7 "," $8 ",", "," lane ",") { print $1 }'
}

# matrix_find NAME: sets row to what the matrix says of this kernel, dashes as nothing and lists as words, to the machine
# that it is for, in the distribution's words, and to where minimm for that is built; returns 1 when there is no such
# kernel.
declare -A row
matrix_find() {
	local line field value
	row=()
	[[ -r $matrix_file ]] || die "cannot read the list of kernels, $matrix_file"
	line=$(matrix_lines | awk -v name="$1" '$1 == name')
	[[ $line ]] || return 1
	[[ $(wc -w <<<"$line") == 8 ]] || die "$matrix_file: the line of $1 does not have its eight fields, once"
	for field in name how series compiler fragments memory lanes more_lanes; do
		read -r value line <<<"$line"
		[[ $value != - ]] || value=
		row[$field]=${value//,/ }
	done
	row[machine]=amd64 row[tools]=build/userspace-tools
	if [[ ${row[series]} == *-arm64 ]]; then row[machine]=arm64 row[tools]+=-arm64; fi
	[[ ${row[how]} =~ ^(stock|qemu|um)$ && ${row[memory]} =~ ^[1-9][0-9]*$ ]] ||
		die "$matrix_file: $1 is made by '${row[how]}' (stock, qemu, um) and has '${row[memory]}' MB (a number)"
}

# matrix_need NAME: the same, but ends the script when there is no such kernel.
matrix_need() {
	matrix_find "$1" || die "there is no kernel named '$1'; the names are: $(matrix_names | paste -sd ' ')"
}
