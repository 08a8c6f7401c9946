"""`vigil-gateway`: run the gateway, enrol it, look at a car. `vigil gateway` mounts the same.

Exit codes: 0 fine, 1 the car or the broker says no, 2 wrong use, 3 nothing was heard.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import unquote, urlsplit

import typer

if TYPE_CHECKING:
    from gateway.bus import BusSetting
    from gateway.link import Link

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The gateway in the car: read OBD, UDS and CAN, keep, send.",
)

Folder = Annotated[
    Path, typer.Option(envvar="VIGIL_GATEWAY_FOLDER", help="Identity and outbox live here.")
]
Profile = Annotated[str, typer.Option(help="Name of a shipped vehicle profile, or a YAML file.")]
Interface = Annotated[
    str,
    typer.Option(help="elm327, or one of python-can: socketcan, slcan, pcan, udp_multicast ..."),
]
Channel = Annotated[
    str, typer.Option(help="As the interface names it: can0, /dev/ttyUSB0, 10.0.0.2:35000")
]
Bitrate = Annotated[int, typer.Option(help="Bits per second, where the interface sets it.")]
HERE = Path("gateway-data")


@app.command()
def run(
    profile: Profile = "obd_petrol",
    interface: Interface = "socketcan",
    channel: Channel = "can0",
    bitrate: Bitrate = 500_000,
    folder: Folder = HERE,
    broker: Annotated[
        str,
        typer.Option(
            envvar="VIGIL_GATEWAY_BROKER",
            help="mqtt://user:password@host:port instead of an enrolled identity.",
        ),
    ] = "",
    tenant: Annotated[str, typer.Option(help="With --broker: the tenant.")] = "demo",
    device: Annotated[str, typer.Option(help="With --broker: the device's name.")] = "",
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Legal group that may leave the car: asset, habit, position; repeat."),
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds of rows in one message.")] = 10.0,
) -> None:
    """Read a car and report until Ctrl-C. Only duty signals leave without --allow."""
    import logging
    import signal

    from firmware_contracts.signal import Group
    from gateway.agent import Agent, Setting

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    groups = frozenset(Group(_one_of("--allow", g, [x.value for x in Group])) for g in allow or ())
    agent = Agent(
        Setting(
            bus=_bus(interface, channel, bitrate, profile),
            profile=profile,
            link=_link(folder, broker, tenant, device),
            folder=folder,
            allowed=groups | {Group.DUTY},
            latency_s=latency,
        )
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: agent.end())
    if not broker:
        _keep_renewed(folder)
    agent.run()


@app.command()
def enrol(
    code: Annotated[str, typer.Option(prompt=True, help="One-time code from `vigil authority`.")],
    authority: Annotated[str, typer.Option(help="https:// address of the authority.")],
    folder: Folder = HERE,
) -> None:
    """Trade a one-time code for a key and a certificate of this gateway."""
    from gateway.enrol import enrol as trade

    got = trade(authority.rstrip("/"), code, folder)
    ends = got.certificate().not_valid_after_utc
    typer.echo(f"device {got.device} of {got.tenant}, certificate until {ends:%Y-%m-%d}", err=True)


@app.command()
def renew(folder: Folder = HERE) -> None:
    """Renew the certificate when two thirds of its life are over. Exit code 3 before."""
    from gateway.enrol import load, renewal_due
    from gateway.enrol import renew as again

    identity = load(folder)
    if not renewal_due(identity):
        raise typer.Exit(3)
    again(identity)
    ends = identity.certificate().not_valid_after_utc
    typer.echo(f"certificate until {ends:%Y-%m-%d}", err=True)


@app.command()
def check(
    profile: Annotated[
        str, typer.Option(help="Shipped profile, a YAML file, or auto: rank all that ship.")
    ] = "auto",
    interface: Interface = "socketcan",
    channel: Channel = "can0",
    bitrate: Bitrate = 500_000,
    seconds: Annotated[float, typer.Option(help="How long to look.")] = 20.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Try adapter, bus and profile on a real car and say what was found; nothing is sent on."""
    import json

    from gateway.check import look

    found = look(_bus(interface, channel, bitrate, profile), profile, seconds)
    typer.echo(json.dumps(found.shown(), ensure_ascii=False) if as_json else found.text())
    if not found.frames:
        raise typer.Exit(3)
    raise typer.Exit(0 if found.signals else 1)


@app.command("profiles")
def list_profiles() -> None:
    """Vehicle profiles that ship with the gateway."""
    from gateway import profiles

    for name in profiles.names():
        profile = profiles.load(name)
        typer.echo(f"{name:<20} {profile.powertrain:<12} {profile.evidence.value}")


@app.command()
def decode(
    files: Annotated[
        list[Path], typer.Argument(help="asc, blf, candump, trc, csv, MF4, SavvyCAN, plain text.")
    ],
    dbc: Annotated[list[Path] | None, typer.Option(help="DBC files; repeat.")] = None,
    profile: Annotated[str, typer.Option(help="Decode its diagnosis and broadcast too.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Decode recordings: values by signal, and the ids that nothing explains.

    One pass in bounded memory; progress on stderr. Every frame is decoded, unknown or an error.
    """
    import json

    from gateway.recording.command import decode as run

    figures = run(files, dbc or [], profile)
    typer.echo(json.dumps(figures.shown()) if as_json else figures.text())


profile_app = typer.Typer(no_args_is_help=True, help="Look at a vehicle profile, import one.")
app.add_typer(profile_app, name="profile")


@profile_app.command("show")
def show_profile(name: Annotated[str, typer.Argument(help="Shipped profile, or a file.")]) -> None:
    """Every field with its evidence and worked example."""
    from gateway.imports.command import table

    typer.echo(table(name))


Said = Annotated[list[str] | None, typer.Option(help="NAME=VALUE; repeat.")]


@profile_app.command("import")
def import_profile(
    file: Annotated[Path, typer.Argument(help="OBDb signal set or WiCAN vehicle profile (JSON).")],
    name: Annotated[str, typer.Option(help="Name of the new profile.")] = "imported",
    powertrain: Annotated[str, typer.Option(help="combustion, hybrid, electric.")] = "electric",
    year: Annotated[int | None, typer.Option(help="Model year, where the set tells them.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; else stdout.")] = None,
    map_to: Annotated[list[str] | None, typer.Option("--map", help="NAME=signal; repeat.")] = None,
    sign: Said = None,
    range_: Annotated[list[str] | None, typer.Option("--range", help="NAME=low..high.")] = None,
    sentinels: Said = None,
) -> None:
    """Make a profile from a community's file; what it cannot say is asked for by name.

    Exit code 0 where nothing is open, 3 where questions are (they stand on stderr).
    """
    from gateway.imports.command import make, pairs
    from gateway.imports.draft import Answers

    answers = Answers(
        map=pairs("map", map_to or ()),
        sign=pairs("sign", sign or ()),
        range=pairs("range", range_ or ()),
        sentinels=pairs("sentinels", sentinels or ()),
    )
    made = make(file, name, powertrain, year, answers)
    if out is None:
        typer.echo(made.text(), nl=False)
    else:
        out.write_text(made.text(), encoding="utf-8")
    for left_out in made.skipped:
        typer.echo(f"left out {left_out.name}: {left_out.reason}", err=True)
    for question in made.questions:
        typer.echo(f"open: {question}", err=True)
    raise typer.Exit(3 if made.questions else 0)


def _keep_renewed(folder: Path) -> None:
    """Look every hour whether the certificate wants renewal; the next connection takes it."""
    import logging
    import threading
    import time

    from gateway import enrol as enrolment
    from gateway.errors import EnrolFailed

    def look() -> None:
        while True:
            try:
                identity = enrolment.load(folder)
                if enrolment.renewal_due(identity):
                    enrolment.renew(identity)
                    logging.info("certificate renewed")
            except EnrolFailed as failed:
                logging.warning("renewal: %s", failed)
            time.sleep(3600)

    threading.Thread(target=look, name="renewal", daemon=True).start()


def _bus(interface: str, channel: str, bitrate: int, profile: str) -> BusSetting:
    """The bus, with the ids of the profile's units where a text adapter must be told of them."""
    from gateway.bus import ELM327, BusSetting

    pairs = _units(profile) if interface == ELM327 else ()
    return BusSetting(interface=interface, channel=channel, bitrate=bitrate, answers=pairs)


def _units(profile: str) -> tuple[tuple[int, int], ...]:
    from gateway import profiles

    if profile == "auto":
        return ()
    try:
        found = profiles.load(profile, unverified=True)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    if any(poll.unit.target is not None for poll in found.uds) or found.j1939:
        raise typer.BadParameter(
            f"profile {profile} needs a CAN interface: an ELM327 neither hears a bus nor speaks "
            "extended addressing"
        )
    return tuple({(poll.unit.tx, poll.unit.rx) for poll in found.uds})


def _link(folder: Path, broker: str, tenant: str, device: str) -> Link:
    """From --broker, else from the identity in the folder."""
    from gateway import enrol as enrolment
    from gateway.link import Link

    if not broker:
        return enrolment.load(folder).link()
    url = urlsplit(broker)
    if url.scheme != "mqtt" or not url.hostname or not device:
        raise typer.BadParameter(
            "write --broker mqtt://[user:password@]host[:port] and name the --device"
        )
    return Link(
        host=url.hostname,
        port=url.port or 1883,
        tenant=tenant,
        device=device,
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        mqtt5="version=3.1.1" not in url.query,
    )


def _one_of(option: str, given: str, known: list[str]) -> str:
    if given not in known:
        raise typer.BadParameter(f"{option} {given}: use one of {', '.join(known)}")
    return given


def main() -> None:
    """Entry point of `vigil-gateway`: an error of the gateway is a sentence, not a trace."""
    from gateway.errors import GatewayError

    try:
        app()
    except GatewayError as problem:
        sys.stderr.write(f"error: {problem}\n")
        sys.exit(1)
