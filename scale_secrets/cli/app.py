"""The group of commands and the one place where errors become exit codes."""

from __future__ import annotations

import sys
from typing import Any, NoReturn

import click

from scale_secrets import __version__
from scale_secrets.cli import exits
from scale_secrets.cli.hardening import harden, where
from scale_secrets.cli.lazy import LazyGroup
from scale_secrets.cli.output import say, tell_error
from scale_secrets.errors import ScaleSecretsError

# A command is one file and one line here, in the order of --help.
COMMANDS = {
    "init": "scale_secrets.cli.init",
    "demo": "scale_secrets.cli.demo",
    "trust": "scale_secrets.cli.trust",
    "put": "scale_secrets.cli.put",
    "get": "scale_secrets.cli.get",
    "list": "scale_secrets.cli.list",
    "check": "scale_secrets.cli.check",
    "audit": "scale_secrets.cli.audit",
    "header": "scale_secrets.cli.header",
    "env": "scale_secrets.cli.env",
    "run": "scale_secrets.cli.run",
    "callback": "scale_secrets.cli.callback",
    "schema": "scale_secrets.cli.schema",
    "completion": "scale_secrets.cli.completion",
    "doctor": "scale_secrets.cli.doctor",
}


@click.command(
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 bug, 2 usage or manifest, 3 findings, 4 not found, 5 denied, "
    "6 store unreachable, 7 conflict.",
)
@click.version_option(__version__, prog_name="scale-secrets", message="%(prog)s %(version)s")
def app() -> None:
    """Get Scale AI keys from a store into a process, a file or a request.

    Live and test are kept apart at every door.
    """


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line and exit with its code."""
    harden()
    sys.exit(code_of(arguments if arguments is not None else sys.argv[1:]))


def code_of(arguments: list[str]) -> int:
    """Run a command line; errors become messages without values, and exit codes."""
    own_failure = exits.RUN_FAILED if _command(arguments) == "run" else None
    try:
        result: Any = app.main(arguments, prog_name="scale-secrets", standalone_mode=False)
    except ScaleSecretsError as error:
        tell_error(error)
        return own_failure or exits.exit_code(error)
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.Abort:
        say("interrupted")
        return own_failure or exits.INTERRUPTED
    except click.ClickException as error:
        _tell_usage(error)
        return own_failure or exits.USAGE
    except KeyboardInterrupt:
        say("interrupted")
        return own_failure or exits.INTERRUPTED
    except BrokenPipeError:
        _leave_stdout()
        return own_failure or exits.DONE
    except SystemExit as request:  # Click's shell completion ends so, with a number
        return request.code if isinstance(request.code, int) else _bug(request, own_failure)
    except Exception as error:  # noqa: BLE001 - the outermost: nothing may print a value
        return _bug(error, own_failure)
    return result if isinstance(result, int) else exits.DONE


def _bug(error: BaseException, own_failure: int | None) -> int:
    say(f"internal error: {where(error)}")
    say("hint: please report this line; it holds no value")
    return own_failure or exits.BUG


def _command(arguments: list[str]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _tell_usage(error: click.ClickException) -> None:
    """Click's messages repeat what was typed: an unexpected argument may be a pasted key."""
    context = getattr(error, "ctx", None)
    say(_without_words(error))
    say(f"hint: {context.command_path if context else 'scale-secrets'} --help")


def _without_words(error: click.ClickException) -> str:
    if isinstance(error, click.NoSuchOption):
        return "there is no such option" + _near(error.possibilities)
    if isinstance(error, click.MissingParameter):
        return f"{_named(error.param)} is missing{_choices(error.param)}"
    if isinstance(error, click.BadParameter):
        return f"the value of {_named(error.param)} is not valid{_choices(error.param)}"
    if isinstance(error, click.BadOptionUsage):
        return f"option {error.option_name} is not used as it should be"
    if isinstance(error, click.UsageError):
        if error.ctx is not None and isinstance(error.ctx.command, click.Group):
            return "there is no such command"
        return "there are too many arguments, or some are missing"
    return "the command line is not valid"


def _named(parameter: click.Parameter | None) -> str:
    """As a person types it: an option's longest form, an argument's name."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.human_readable_name if parameter else "an argument"


def _choices(parameter: click.Parameter | None) -> str:
    if parameter is not None and isinstance(parameter.type, click.Choice):
        return f": one of {', '.join(map(str, parameter.type.choices))}"
    if parameter is not None and isinstance(parameter.type, click.FloatRange | click.IntRange):
        return ": it is a number, and not below its minimum"
    return ""


def _near(possibilities: Any) -> str:
    return f" (did you mean {', '.join(sorted(possibilities))}?)" if possibilities else ""


def _leave_stdout() -> None:
    """A reader that left early is no failure; keep the interpreter from complaining at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
