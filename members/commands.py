"""The commands about people."""

import click

COMMANDS: list[click.Command] = []
