"""The command `router`: finds the command that was asked for and loads only what that needs."""

import importlib
import sys
from pathlib import Path

import click

from router import __version__
from router.cli.common import Context, guarded

# Command → module in this folder that defines it.
COMMANDS = {
    "init": "init",
    "check": "check",
    "connect": "connect",
    "login": "login",
    "run": "run",
    "demo": "demo",
    "explain": "explain",
    "import": "importing",
    "trace": "trace",
    "thread": "thread",
    "waiting": "waiting",
    "digest": "digest",
    "lookback": "lookback",
    "goals": "goals",
    "rising": "rising",
    "close": "words",
    "snooze": "words",
    "reopen": "words",
    "take": "words",
    "phoned": "words",
    "never": "words",
    "queue": "queue",
    "rhythm": "rhythm",
    "keep": "rhythm",
    "retry": "queue",
    "hold": "queue",
    "release": "queue",
    "status": "status",
    "backup": "backup",
    "export": "export",
    "forget": "forget",
    "db": "db",
}


class _Lazy(click.Group):
    """Loads a command's module when it is asked for: `explain` should not wait for a database's code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"router.cli.{COMMANDS[cmd_name]}"), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return _with_config(command)


def _with_config(command: click.Command) -> click.Command:
    """Let `--config` stand behind the command as well as before it."""
    if not any(parameter.name == "config_behind" for parameter in command.params):
        command.params.append(_CONFIG_BEHIND)
        for below in command.commands.values() if isinstance(command, click.Group) else ():
            _with_config(below)
    return command


def _take_config(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> None:
    if value is not None:
        ctx.obj.config = value


_CONFIG_FILE = click.Path(path_type=Path, readable=False)  # one that cannot be read is a fault of the configuration
_CONFIG_HELP = "The configuration; else the file that ROUTER_CONFIG names, else router.toml in this folder."
_CONFIG_BEHIND = click.Option(
    ["--config", "config_behind"],
    type=_CONFIG_FILE,
    metavar="FILE",
    help=_CONFIG_HELP,
    callback=_take_config,
    expose_value=False,
)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=_CONFIG_FILE,
    metavar="FILE",
    help=_CONFIG_HELP,
)
@click.version_option(__version__, prog_name="router")
@click.pass_context
def router(ctx: click.Context, config: Path | None) -> None:
    """Copies every customer mail to the people who run the company, and knows which are unanswered."""
    ctx.obj = Context(config)


def main() -> None:
    """Entry point of the command; ends the process with an exit code of the contract."""
    sys.exit(guarded(router))
