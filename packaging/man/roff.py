# SPDX-License-Identifier: GPL-2.0-or-later
"""Text for manual pages, from plain words and from the Markdown that our own documents use."""

import re
import textwrap

WIDTH = 79


def text_of(requests):
    """The text of a page. Long lines of text are broken where a blank stands; what is set as it stands is not."""
    lines, filled = [], True
    for line in requests:
        filled = line == '.fi' or (filled and line != '.nf')
        if not filled or line.startswith('.') or len(line) <= WIDTH:
            lines.append(line)
            continue
        for piece in textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False):
            lines.append('\\&' + piece if piece.startswith(('.', "'")) else piece)
    return '\n'.join(lines) + '\n'


def escape(text):
    """Words as they are, nothing in them a request or an escape."""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    text = text.replace('–', '\\(en').replace('…', '...')
    return '\\&' + text if text.startswith(('.', "'")) else text


def inline(text):
    """A line of Markdown: `code`, **bold** and [links](to)."""
    text = re.sub(r'\[[^\]]*\]\((?:packaging/doc/)?([a-z-]+)\.md\)', r'`qubes-mgmt-\1`(7)', text)
    text = re.sub(r'\[([^\]]*)\]\(([^)]*)\)', r'\1', text).replace('\\|', '|')
    out = ''
    for part in re.split(r'(`[^`]*`|\*\*[^*]+\*\*)', text):
        if part.startswith('`') and len(part) > 1:
            out += '\\fB' + escape(part[1:-1]) + '\\fR'
        elif part.startswith('**') and len(part) > 4:
            out += '\\fB' + escape(part[2:-2]) + '\\fR'
        else:
            out += escape(part)
    return '\\&' + out if out.startswith(('.', "'")) else out


def literal(lines):
    """Lines as they stand, indented."""
    return ['.PP', '.RS 4', '.nf', *[escape(line) or '\\&' for line in lines], '.fi', '.RE']


def cells(row):
    return [cell.strip() for cell in re.split(r'(?<!\\)\|', row.strip())[1:-1]]


def table(rows):
    """A table as a list: what its first column says is explained by the others."""
    heads = cells(rows[0])
    out = []
    for row in rows[2:]:
        first, *rest = cells(row)
        out += ['.TP', inline(first) or '\\(en']
        said = [(head, cell) for head, cell in zip(heads[1:], rest) if cell]
        if not said:
            out.append('\\&')
        for position, (head, cell) in enumerate(said):
            if position:
                out.append('.br')
            # The first column behind explains itself, and so does a meaning.
            out.append(inline(cell if position == 0 or head == 'meaning' else head + ': ' + cell))
    return out


def markdown(text):
    """The requests for a document; its headings become those of the page."""
    out, lines, i, fresh = [], text.splitlines(), 0, True

    def paragraph():
        if not fresh:
            out.append('.PP')

    while i < len(lines):
        line = lines[i]
        if line.startswith('#'):
            level, title = line.split(' ', maxsplit=1)
            out.append(('.SS ' if len(level) > 2 else '.SH ') + inline(title if len(level) > 2 else title.upper()))
            fresh = True
            i += 1
        elif line.startswith('    '):
            block = []
            while i < len(lines) and (lines[i].startswith('    ') or not lines[i].strip()):
                block.append(lines[i][4:])
                i += 1
            while not block[-1].strip():
                block.pop()
            out += literal(block)[1:] if fresh else literal(block)
            fresh = False
        elif line.startswith('|'):
            block = []
            while i < len(lines) and lines[i].startswith('|'):
                block.append(lines[i])
                i += 1
            out += table(block)
            fresh = False
        elif line.startswith('- '):
            while i < len(lines) and lines[i].startswith('- '):
                item = lines[i][2:]
                i += 1
                while i < len(lines) and lines[i].startswith('  '):
                    item += ' ' + lines[i].strip()
                    i += 1
                out += ['.IP \\(bu 2', inline(item)]
            fresh = False
        elif line.strip():
            said = line
            i += 1
            while i < len(lines) and lines[i].strip() and not lines[i].startswith(('    ', '|', '#', '- ')):
                said += ' ' + lines[i]
                i += 1
            paragraph()
            out.append(inline(said))
            fresh = False
        else:
            i += 1
    return out
