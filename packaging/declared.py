# SPDX-License-Identifier: GPL-2.0-or-later
"""What the programs say of themselves: what `CALL --describe` and `CALL --help` print, and the head of
their sources. Manual pages, completion and the README's table are made from it."""

import json
import os
import re
import subprocess

FIELD = re.compile(r'(?:^|\s)(destination|argument|input|reply): ')


class Program:
    """One program: its names, what it declares, and what its author wrote above it."""

    def __init__(self, name, aliases, source, directory):
        self.name = name
        self.aliases = aliases
        self.spec = declared_by(os.path.join(directory, name))
        self.signature, self.text, self.fields, self.usage = head_of(source, name)
        self.options = []  # (option, what it does), as --help has them
        self.examples = []  # (where, command)
        if self.spec:
            self.options, self.examples = explained_by(os.path.join(directory, name))
            self.summary = self.spec['summary']
        else:
            self.summary = self.text.split('. ')[0].rstrip('.')

    @property
    def words(self):
        """What the words of its command line are, of a program that takes more than one."""
        words = (self.spec or {}).get('words', '')
        return words.split() if isinstance(words, str) else words

    @property
    def is_call(self):
        return bool(self.spec) and self.spec['destination'] != '' and not self.name.startswith('internal.')

    @property
    def shown_name(self):
        """As people write it: with `<class>` where a class stands."""
        if not self.spec or not self.spec['variants']:
            return self.name
        place = self.spec['variant_follows'] or self.name
        return place + '.<class>' + self.name[len(place):]


def declared_by(path):
    """The description, or None of a program that has none: one that other programs start."""
    ran = subprocess.run([path, '--describe'], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ran.returncode != 0:
        return None
    return json.loads(ran.stdout)


def explained_by(path):
    said = subprocess.run([path, '--help'], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    options, examples, part = [], [], ''
    for line in said.stdout.splitlines():
        if line and not line.startswith(' '):
            part = line
        elif part == 'Options:' and line.startswith('  -'):
            words = re.split(r'\s{2,}', line.strip(), maxsplit=1)
            options.append((words[0], words[1] if len(words) > 1 else ''))
        elif part == 'Options:' and line.strip():
            option, does = options[-1]
            options[-1] = (option, does + ' ' + line.strip())
        elif part == 'Examples:' and line.strip():
            where, command = line.strip().split(':', maxsplit=1)
            examples.append((where, command.strip()))
    return options, examples


def head_of(source, name):
    """The comment above a program: its words, what it does, the fields of its contract, and lines set in columns."""
    with open(source, encoding='utf-8') as file:
        lines = [line.rstrip('\n') for line in file]
    start = next(i for i, line in enumerate(lines) if line.startswith('// ' + name.split('.')[0]))
    comment = []
    for line in lines[start:]:
        if not line.startswith('//'):
            break
        comment.append(line[2:].removeprefix(' '))
    prose = [line for line in comment if not line.startswith('  ')]
    indented = [line.strip() for line in comment if line.startswith('  ')]
    contract, usage = [], []
    if any(FIELD.match(line) for line in indented):
        contract = indented
    else:
        usage = indented
    # "qubes-mgmt-settle UUID: clean up after ..."
    signature, _, text = re.fullmatch(r'\S+?((?: [^\sa-z:]+)*)(: )(.*)', ' '.join(prose)).groups()
    parts = FIELD.split(' '.join(contract))
    fields = {}
    for key, value in zip(parts[1::2], parts[2::2]):
        fields.setdefault(key, []).append(value.strip())
    # Said twice, a field belongs to two forms of the call, which only the description tells apart.
    fields = {key: values[0] for key, values in fields.items() if len(values) == 1}
    return signature.strip(), text[:1].upper() + text[1:], fields, usage


def programs(table, directory):
    """Those of a table of lines `NAME SOURCE [ALIAS]...`."""
    with open(table, encoding='utf-8') as file:
        rows = [line.split() for line in file if line.strip()]
    return [Program(row[0], row[2:], row[1], directory) for row in rows]
