"""`router init`: a configuration to begin with."""

import shutil
from pathlib import Path

import click

from router.cli.common import Failure
from router.shipped import folder


@click.command("init")
@click.argument("folder_", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init_command(folder_: Path) -> None:
    """Write an annotated configuration that runs as it is into DIR."""
    target = folder_ / "router.toml"
    if target.exists() or (folder_ / "rules").exists():
        raise Failure(f"{folder_} has a configuration already: nothing was written")
    folder_.mkdir(parents=True, exist_ok=True)
    example = (Path(__file__).parent.parent / "config" / "example.toml").read_text("utf-8")
    # The rules stand beside the file from the start, to be edited.
    target.write_text(example.replace('# rules = "rules" ', 'rules = "rules"   '), "utf-8")
    shutil.copytree(folder("rules"), folder_ / "rules")
    click.echo(f"wrote {target} and {folder_ / 'rules'}")
    click.echo(f"next: edit it, then `router --config {target} check` and `router --config {target} run`")
