"""The commands of trust."""

import click

COMMANDS: list[click.Command] = []
