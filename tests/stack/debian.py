"""What a bare Debian machine lacks to run the stack, from Debian's own packages."""

import os
import shutil
from pathlib import Path

from tests.stack.shell import Failed, Shell

# Compose and buildx are first in the release after this one, and run here too.
_SUITE, _LATER = "bookworm", "trixie"
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
_TOOLS = {
    "dockerd": "docker.io",
    "debootstrap": "debootstrap",
    "iptables": "iptables",
    "ip": "iproute2",
}
_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def install_tools(shell: Shell) -> None:
    """The engine, and what makes a Debian. Packages that are there stay as they are."""
    # Administrators' programs are not on everybody's path.
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [
        package for tool, package in _TOOLS.items() if not shutil.which(tool, path=path)
    ]
    if missing:
        shell.run("apt-get", "update", "-qq")
        shell.run(
            *("apt-get", "install", "-y", "-qq", "--no-install-recommends"),
            *missing,
            **_QUIET,
        )


def install_plugins(shell: Shell, folder: Path, work: Path) -> None:
    """Compose and buildx for the Docker client whose configuration is in `folder`."""
    plugins, lists, found = folder / "cli-plugins", work / "lists", work / "plugins"
    for each in (plugins, lists / "partial", found):
        each.mkdir(parents=True)
    sources = work / "sources.list"
    sources.write_text(f"deb [signed-by={_KEYRING}] {_mirror(shell)} {_LATER} main\n")
    apart = (
        *("-o", f"Dir::Etc::sourcelist={sources}"),
        *("-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", f"Dir::State::lists={lists}"),
        *("-o", f"Dir::Cache={work / 'cache'}"),
        *("-o", "APT::Sandbox::User=root"),
    )
    shell.run("apt-get", *apart, "update", "-qq")
    for package in ("docker-compose", "docker-buildx"):
        address = shell.run("apt-get", *apart, "download", "--print-uris", package)
        name = address.split()[1]
        shell.run(
            "sh", "-c", f"cd {work} && apt-get {' '.join(apart)} download {package}"
        )
        shell.run("dpkg", "-x", work / name, found)
    for plugin in found.rglob("cli-plugins/*"):
        shutil.copy(plugin, plugins)


def make_debian(shell: Shell, root: Path, *packages: str) -> None:
    """A small Debian in a folder, with these packages."""
    shell.run(
        *("debootstrap", "--variant=minbase", f"--include={','.join(packages)}"),
        *(_SUITE, root, _mirror(shell)),
    )


def add_servers(shell: Shell, root: Path, *packages: str) -> None:
    """More packages into a Debian in a folder, whose servers are not started."""
    refuse = root / "usr" / "sbin" / "policy-rc.d"
    refuse.write_text("#!/bin/sh\nexit 101\n")
    refuse.chmod(0o755)
    clusters = root / "etc" / "postgresql-common" / "createcluster.conf"
    clusters.parent.mkdir(exist_ok=True)
    clusters.write_text("create_main_cluster = false\n")
    shell.run("chroot", root, "apt-get", "update", "-qq")
    shell.run(
        *("chroot", root, "apt-get", "install", "-y", "-qq"),
        *("--no-install-recommends", *packages),
        **_QUIET,
    )


def _mirror(shell: Shell) -> str:
    """Where this machine gets Debian from."""
    found = shell.run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)"),
        *("Created-By: Packages", "Component: main"),
    )
    for line in found.splitlines():
        address, release = line.split()
        if release == _SUITE:
            return address
    raise Failed(f"apt has no source of Debian's {_SUITE}: this is for such a machine")
