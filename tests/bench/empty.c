/* SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The floor of every figure: a static program that does nothing. */

int main(void)
{
    return 0;
}
